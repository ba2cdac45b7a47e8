/** What could not be read or concluded, and why: a partial answer is told as one. */
import type { UnclearCode } from '../../flow/assess.ts'
import type { CredentialFacts, Denied, Gap, ProviderFacts } from '../facts.ts'
import { when, type FindingKind, type Sighting } from '../finding.ts'

const UNCLEAR: Partial<Record<UnclearCode, string>> = {
  'ambiguous-key': 'several keys of the provider look like the one in use',
  'which-is-new': 'two keys are held and nothing says which is the new one',
  'needs-state': 'nothing that can be read says how far the rotation has come',
}

export const cannotTell: FindingKind = {
  code: 'cannot-tell',
  severity: 'warning',
  title: 'something could not be read or concluded',
  why: 'What is not seen is not clean. The message says what is missing and why; where a right is missing, it is a note only.',
  mend: { words: 'give the right, bring the place back, or look at it yourself; `keyrot check` names what is missing', command: 'keyrot check' },
  credential: (facts) => [...concluded(facts), ...unread(facts), ...unsaid(facts)],
  provider: (facts) => [...gapOf(facts.guards, 'the limits of the project', facts), ...gapOf(facts.administrator, 'the admin key', facts), ...notFound(facts)],
}

function concluded({ situation, unplaced }: CredentialFacts): readonly Sighting[] {
  const why = UNCLEAR[situation as UnclearCode]
  return [
    ...when(why !== undefined, () => ({ message: why ?? '', evidence: { situation } })),
    ...when(unplaced > 0, () => ({ message: `${unplaced} of our keys may be in slots that cannot be seen` })),
  ]
}

function unread({ listing, record, targets }: CredentialFacts): readonly Sighting[] {
  return [
    ...(typeof listing === 'object' ? [gap("the provider's list of keys cannot be read", listing)] : []),
    ...(typeof record === 'object' ? [gap('the stored record cannot be read', record)] : []),
    ...targets.flatMap(({ name, unread: code }) => (code === null ? [] : [{ ...gap(`${name} cannot be read`, { unreadable: code }), target: name }])),
  ]
}

function gap(what: string, { unreadable }: Gap): Sighting {
  return { message: `${what} (${unreadable})`, evidence: { code: unreadable } }
}

/** What the provider does not tell of itself. */
function unsaid({ listing, inUse }: CredentialFacts): readonly Sighting[] {
  const silent = inUse.some((key) => key.listed !== null && key.listed.lastUsedAt === undefined)
  return [
    ...when(listing === 'none', () => ({
      severity: 'info',
      message: 'the provider cannot be asked without an admin key: age, end and last use are not known',
    })),
    ...when(silent, () => ({ severity: 'info', message: 'the provider does not say when the key in use was last used' })),
  ]
}

function gapOf(fact: ProviderFacts['guards'] | ProviderFacts['administrator'], what: string, { project }: ProviderFacts): readonly Sighting[] {
  if (typeof fact !== 'object' || 'spendLimit' in fact || 'reaches' in fact) return []
  if ('unreadable' in fact) return [gap(`${what} of ${project ?? 'the provider'} cannot be read`, fact)]
  return [denied(what, fact)]
}

function denied(what: string, { denied: code }: Denied): Sighting {
  return { severity: 'info', message: `the admin key may not look at ${what} (${code})`, evidence: { code } }
}

function notFound({ administrator }: ProviderFacts): readonly Sighting[] {
  return when(administrator === 'unknown', () => ({
    severity: 'info',
    message: 'which of the listed admin keys is the one in use cannot be told: its age is not known',
  }))
}
