/** Whether anybody calls with the key in use, and whether nobody calls with the old one. */
import { DAY, type Ms } from '../../domain/duration.ts'
import { called, days, time, when, type FindingKind } from '../finding.ts'

/** A key that nobody called for this long after its birth may be one that consumers never got. */
const UNUSED: Ms = DAY
/** A month without a single call: longer than any batch job of the week or the month should pause. */
const IDLE: Ms = 35 * DAY

export const neverUsed: FindingKind = {
  code: 'never-used',
  severity: 'info',
  title: 'nobody has called with the key in use yet',
  why: 'Perhaps its consumers never got it and run on another key, or on none.',
  mend: { words: 'make sure that its consumers have it (restart what reads it only at start); their first call ends the finding', command: null },
  credential: (facts) =>
    facts.inUse.flatMap((key) =>
      when(key.listed?.lastUsedAt === null && facts.now - key.listed.createdAt >= UNUSED, () => ({
        message: `nobody has called with the key in use (${called(key)}) yet; do its consumers have it?`,
        evidence: { keyId: key.id },
      })),
    ),
}

export const idle: FindingKind = {
  code: 'idle',
  severity: 'warning',
  title: 'nobody has called with the key in use for a long time',
  why: 'A key that nobody needs is only a risk. A key that somebody needs and nobody calls with is a consumer that is down.',
  mend: { words: 'see to its consumers; or, if nobody needs it, delete the key at the provider and take NAME out of the config', command: null },
  credential: (facts) =>
    facts.inUse.flatMap((key) => {
      const used = key.listed?.lastUsedAt ?? null
      return when(used !== null && facts.now - used >= IDLE, () => ({
        message: `nobody has called with the key in use (${called(key)}) for ${days(facts.now - (used ?? 0))}`,
        evidence: { keyId: key.id, lastUsedAt: time(used ?? 0) },
      }))
    }),
}

export const oldKeyCalled: FindingKind = {
  code: 'old-key-called',
  severity: 'warning',
  title: 'somebody still calls with the old key',
  why: 'Every target gives out the new key. Whoever calls with the old one has it from elsewhere, or was never restarted, and fails when it dies. It may also be a thief.',
  mend: { words: 'restart or correct who still calls; then say by name that the old key was called: `keyrot revoke NAME --waive quiet`', command: null },
  credential: ({ old }) => {
    const used = old?.key.listed?.lastUsedAt ?? null
    if (old === null || used === null || used <= old.replacedAt) return []
    const by = [...old.calls, ...old.consumers]
    return [
      {
        message: `the old key (${called(old.key)}) was called with after its successor was everywhere${by.length === 0 ? '; by what is not told (yet)' : `, by: ${by.join(', ')}`}`,
        evidence: { keyId: old.key.id, lastUsedAt: time(used), replacedAt: time(old.replacedAt), calls: old.calls, consumers: old.consumers },
      },
    ]
  },
}
