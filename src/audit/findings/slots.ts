/** What the slots of the targets hold that they should not. */
import type { CredentialFacts, TargetFacts } from '../facts.ts'
import { called, when, type FindingKind, type Sighting } from '../finding.ts'

export const drift: FindingKind = {
  code: 'drift',
  severity: 'error',
  title: 'the targets do not hold the same key',
  why: 'Some consumers run on a key that nobody looks after; it will not be rotated with the others and may die without warning.',
  mend: {
    words: 'find out who wrote the other key; put the right one back where another or none is, or take that target out of NAME',
    command: null,
  },
  credential: (facts) => [
    ...when(facts.situation === 'targets-disagree', () => disagreement(facts)),
    ...(facts.situation === 'targets-disagree' ? [] : facts.targets.flatMap((target) => strayIn(facts, target))),
  ],
}

function disagreement({ targets }: CredentialFacts): Sighting {
  const held = targets.flatMap(({ name, key }) => (key === null ? [] : [`${name} holds ${called(key)}`]))
  return { message: `the targets hold different keys: ${held.join(', ')}`, evidence: { held } }
}

function strayIn(facts: CredentialFacts, target: TargetFacts): readonly Sighting[] {
  const { name, key } = target
  return [
    ...when(target.current === 'foreign' && !nobodyKnows(facts, target), () => ({
      message: `${name} holds a current key that keyrot did not put there${key === null ? '' : ` (${called(key)})`}`,
      target: name,
    })),
    ...when(target.current === 'absent' && facts.situation === 'settled', () => ({ message: `${name} holds no key, others do`, target: name })),
    ...when(target.fallback === 'foreign' && !target.ownFallback, () => ({
      message: `${name} holds a key in its fallback slot that keyrot did not put there`,
      severity: 'warning' as const,
      target: name,
    })),
  ]
}

export const unknownValue: FindingKind = {
  code: 'unknown-value',
  severity: 'error',
  title: 'a target holds a value that nobody knows',
  why: 'The provider lists no such key in this project: it was deleted, or it belongs to another project, another organization or another product.',
  mend: { words: 'rotate it: a dead value is replaced, a living one that belongs elsewhere is reported and left', command: 'keyrot rotate NAME' },
  credential: (facts) =>
    facts.targets
      .filter((target) => nobodyKnows(facts, target))
      .map((target) => ({
        message: `${target.name} holds a value (${called(target.key as NonNullable<TargetFacts['key']>)}) that the provider does not list in this project`,
        evidence: { keyId: target.key?.id ?? null, fingerprint: target.key?.fingerprint ?? null },
        target: target.name,
      })),
}

/** In a complete listing only; a key that a run has just made may not be listed yet. */
function nobodyKnows(facts: CredentialFacts, target: TargetFacts): boolean {
  const justMade = facts.situation === 'open' && target.current === 'b'
  return facts.listing === 'complete' && target.key !== null && target.key.listed === null && !justMade
}

export const fallbackLeft: FindingKind = {
  code: 'fallback-left',
  severity: 'warning',
  title: 'a key is left in a fallback slot',
  why: 'No run is open that would need it. Where its key lives, it is one more copy to lose.',
  mend: { words: 'take keyrot\u2019s markers and fallback slots away; the key in use stays', command: 'keyrot forget NAME' },
  credential: (facts) =>
    facts.situation !== 'settled'
      ? []
      : facts.targets
          .filter((target) => target.ownFallback)
          .map(({ name }) => ({ message: `${name} holds a key of this credential in its fallback slot, though no run is open`, target: name })),
}
