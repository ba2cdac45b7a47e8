/** Whose the key is. */
import { called, when, type FindingKind } from '../finding.ts'

export const ownerIsPerson: FindingKind = {
  code: 'owner-is-person',
  severity: 'warning',
  title: 'the key in use belongs to a person',
  why: 'It dies with that account: on the day somebody leaves, production stops.',
  mend: { words: 'rotate it: keyrot makes keys of a service account', command: 'keyrot rotate NAME' },
  credential: (facts) =>
    facts.inUse.flatMap((key) =>
      when(key.listed?.owner.kind === 'person', () => ({
        message: `the key in use (${called(key)}) belongs to a person and dies with their account`,
        evidence: { keyId: key.id, ownerId: key.listed?.owner.id ?? null },
      })),
    ),
}

export const ownerLeft: FindingKind = {
  code: 'owner-left',
  severity: 'error',
  title: 'the owner of the key in use has left the project',
  why: 'The key lives on without anybody who answers for it, hidden from lists that show only the keys of members.',
  mend: { words: 'rotate it: the new key belongs to a service account of the project', command: 'keyrot rotate NAME' },
  credential: (facts) =>
    facts.inUse.flatMap((key) =>
      when(key.listed?.owner.access === 'inactive', () => ({
        message: `the owner of the key in use (${called(key)}) has no access to the project any more`,
        evidence: { keyId: key.id, ownerId: key.listed?.owner.id ?? null },
      })),
    ),
}
