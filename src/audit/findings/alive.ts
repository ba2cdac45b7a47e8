/** Keys of ours that live and should not. */
import type { StatusOrphan } from '../../domain/status.ts'
import type { Sighting, FindingKind } from '../finding.ts'
import { called, days, when } from '../finding.ts'

export const revocationOutstanding: FindingKind = {
  code: 'revocation-outstanding',
  severity: 'warning',
  title: 'an old key is alive that should be dead',
  why: 'Its successor is in use everywhere. Until the old key is seen dead, the rotation has protected nobody.',
  mend: { words: 'revoke it; what cannot be proven to be safe is asked', command: 'keyrot revoke NAME' },
  recordOnly: true,
  credential: (facts) =>
    facts.outstanding.map(({ key, createdAt, byName }) => ({
      ...(byName === true ? { mend: { words: orphan.mend.words, command: null } } : {}),
      message: `the old key ${called(key)}${createdAt === null ? '' : `, ${days(facts.now - createdAt)} old,`} is alive, though another is in use`,
      evidence: { keyId: key.id, name: key.name },
    })),
}

export const orphan: FindingKind = {
  code: 'orphan',
  severity: 'warning',
  title: 'a key of ours is alive and in no target',
  why: 'It bears a name of this config, and no slot holds it: somebody may have taken it elsewhere, or a run was lost. A name alone permits keyrot no deletion.',
  mend: { words: 'find out who uses it, then delete it at the provider; one that was never put to use ends by itself', command: null },
  credential: ({ orphans }) => [...never(orphans), ...committedOrphans(idsOf(orphans, 'committed'))],
}

function idsOf(orphans: readonly StatusOrphan[], kind: StatusOrphan['kind']): string[] {
  return orphans.filter((one) => one.kind === kind).map((one) => one.id)
}

function never(orphans: readonly StatusOrphan[]): readonly Sighting[] {
  const ids = idsOf(orphans, 'sweepable')
  return when(ids.length > 0, () => ({
    severity: 'info',
    message: `never put to use, ends by itself or with the next run: ${ids.join(', ')}`,
    evidence: { keyIds: ids },
  }))
}

/** What is said of keys that were put to use once, live on, and are in no target. */
export function committedOrphans(ids: readonly string[]): readonly Sighting[] {
  return when(ids.length > 0, () => ({ message: `alive and in no target; a person must decide: ${ids.join(', ')}`, evidence: { keyIds: ids } }))
}
