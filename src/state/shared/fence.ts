/** Fencing tokens: a number that grows with every taking of a lease, and the token of that one holding. */
import { KeyrotError } from '../../domain/errors.ts'

export interface Fence {
  readonly term: number
  readonly holder: string
}

export function fenceText({ term, holder }: Fence): string {
  return `${term}/${holder}`
}

/** The term of a fence as it is written; 0 where none is, or none that can be read. */
export function termIn(text: string): number {
  const term = Number(/^(\d{1,15})\//.exec(text)?.[1] ?? 0)
  return Number.isSafeInteger(term) ? term : 0
}

/** Another run holds what this one held: nothing more is written. */
export function fencedOut(where: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_LOCK_LOST',
    kind: 'locked',
    message: 'the lock was lost to another run; nothing more was written',
    where,
    hints: ['the other run goes on from where this one was; look with: keyrot status'],
  })
}
