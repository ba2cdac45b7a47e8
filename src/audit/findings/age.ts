/** How old the key is, and when it ends by itself. */
import { formatDuration } from '../../domain/duration.ts'
import { dueAt } from '../facts.ts'
import { called, days, time, when, type FindingKind } from '../finding.ts'

export const overdue: FindingKind = {
  code: 'overdue',
  severity: 'error',
  title: 'the key is older than its policy allows',
  why: 'Age counts from the birth of the oldest key until that key is dead, not until consumers have another one: a leaked copy works until then.',
  mend: { words: 'rotate it; the finding goes when the old key is dead', command: 'keyrot rotate NAME' },
  credential: (facts) => {
    const due = dueAt(facts)
    return when(due !== null && facts.now >= due, () => ({
      message: `overdue by ${days(facts.now - (due ?? 0))}: a key may live ${formatDuration(facts.policy.maxAge)}, and the oldest one is not dead yet`,
      evidence: { dueAt: time(due ?? 0) },
    }))
  },
}

export const dueSoon: FindingKind = {
  code: 'due-soon',
  severity: 'warning',
  title: 'the key reaches the end of its policy soon',
  why: 'A rotation needs its overlap and quiet time before the old key may die: begun on the last day it ends too late.',
  mend: { words: 'rotate it', command: 'keyrot rotate NAME' },
  credential: (facts) => {
    const due = dueAt(facts)
    return when(due !== null && facts.now < due && facts.now >= due - facts.policy.warnBefore, () => ({
      message: `due in ${days((due ?? 0) - facts.now)}`,
      evidence: { dueAt: time(due ?? 0) },
    }))
  },
}

export const endsSoon: FindingKind = {
  code: 'ends-soon',
  severity: 'error',
  title: 'the key in use ends by itself soon, or has ended',
  why: 'At that moment every consumer that holds it fails, whether or not anybody is awake.',
  mend: { words: 'rotate it', command: 'keyrot rotate NAME' },
  credential: (facts) =>
    facts.inUse.flatMap((key) => {
      const end = key.listed?.expiresAt ?? null
      if (end === null || end - facts.now > facts.policy.safetyHorizon) return []
      const what = `the key in use (${called(key)})`
      return [
        { message: end <= facts.now ? `${what} has ended` : `${what} ends in ${days(end - facts.now)}`, evidence: { keyId: key.id, expiresAt: time(end) } },
      ]
    }),
}

export const noExpiry: FindingKind = {
  code: 'no-expiry',
  severity: 'info',
  title: 'the key in use never ends by itself',
  why: 'A forgotten copy of it works for ever. A key that ends bounds what forgetting can cost.',
  mend: { words: 'rotate it: keys that keyrot makes end by themselves', command: 'keyrot rotate NAME' },
  credential: (facts) =>
    facts.policy.lifetime === null
      ? []
      : facts.inUse
          .filter((key) => key.listed !== null && key.listed.expiresAt === null)
          .map((key) => ({ message: `the key in use (${called(key)}) never ends by itself`, evidence: { keyId: key.id } })),
}
