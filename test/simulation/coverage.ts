/** Which rows of reliability.md 6.3 and which starts of the design a schedule met, judged from the world alone. */
import type { SimKey, SimTarget, World } from './world.ts'

export const ROWS = [
  'nothing-minted',
  'minted-value-nowhere',
  'pending-alive',
  'pending-dead',
  'some-new-some-old',
  'value-lost-some-hold-it',
  'all-new-predecessor-alive',
  'third-value',
  'current-dead-fallback-alive',
  'current-dead-nothing-alive',
] as const

export const STARTS = ['adopt', 'bootstrap', 'recovery', 'supersede', 'shared-key'] as const

export type Coverage = Map<string, number>

export function count(coverage: Coverage, cell: string, by = 1): void {
  coverage.set(cell, (coverage.get(cell) ?? 0) + by)
}

/** The rows that describe the world as an invocation is about to find it. */
export function rowsOf(world: World, credential: string, predecessor: SimKey | null): string[] {
  const mine = world.targets.filter((target) => target.credential === credential)
  const minted = world.keys.filter((key) => key.origin === 'keyrot' && key !== predecessor)
  const rows: string[] = []
  const readable = (key: SimKey): boolean => mine.some((target) => target.kind === 'value' && (target.current?.key === key || target.fallback?.key === key))
  const isNew = (target: SimTarget): boolean => target.current !== null && minted.includes(target.current.key)
  if (minted.length === 0 && mine.every((target) => target.fallback === null)) rows.push('nothing-minted')
  if (minted.some((key) => !world.isDead(key) && !mine.some((target) => target.current?.key === key || target.fallback?.key === key)))
    rows.push('minted-value-nowhere')
  const pending = mine.flatMap((target) => (target.fallback !== null && minted.includes(target.fallback.key) ? [target.fallback.key] : []))
  if (pending.some((key) => !world.isDead(key))) rows.push('pending-alive')
  if (pending.some((key) => world.isDead(key))) rows.push('pending-dead')
  const news = mine.filter(isNew).length
  if (news > 0 && news < mine.length) rows.push('some-new-some-old')
  if (mine.some((target) => isNew(target) && !readable(target.current!.key))) rows.push('value-lost-some-hold-it')
  if (news === mine.length && predecessor !== null && !world.isDead(predecessor)) rows.push('all-new-predecessor-alive')
  if (mine.some((target) => [target.current, target.fallback].some((slot) => slot?.key.origin === 'stranger'))) rows.push('third-value')
  const deadCurrent = mine.filter((target) => target.current !== null && world.isDead(target.current.key))
  if (deadCurrent.some((target) => target.fallback !== null && !world.isDead(target.fallback.key))) rows.push('current-dead-fallback-alive')
  if (deadCurrent.length === mine.length && mine.every((target) => target.fallback === null || world.isDead(target.fallback.key)))
    rows.push('current-dead-nothing-alive')
  return rows
}
