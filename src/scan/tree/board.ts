/** How the threads of a tree scan share the work: every batch is offered to all of them, and belongs to who claims it first. */
import type { Share } from './files.ts'

/** What a thread is told. */
export type Order = { readonly index: number; readonly paths: readonly string[] } | 'done'

/** What it answers in the end: no hits, but where to look for them. */
export type Result = Omit<Share, 'hits'> & { readonly suspects: readonly string[] }

/** Batches that can be told apart; beyond, the last place is for the first that comes. */
export const MOST_BATCHES = 1 << 18

/** Claims batches on one side: `true` for whoever asks first. */
export function takeFrom(claims: SharedArrayBuffer): (index: number) => boolean {
  const taken = new Int32Array(claims)
  return (index) => Atomics.exchange(taken, index, 1) === 0
}

export function newClaims(): SharedArrayBuffer {
  return new SharedArrayBuffer(MOST_BATCHES * Int32Array.BYTES_PER_ELEMENT)
}

/** How many of the first `count` batches are taken. */
export function claimed(claims: SharedArrayBuffer, count: number): number {
  return new Int32Array(claims, 0, Math.min(count, MOST_BATCHES)).reduce((sum, one) => sum + one, 0)
}
