/** The start called *supersede*: another key of a generation is minted while a slot still holds an earlier one. Judged from the world alone. */
import type { SimKey, World } from './world.ts'

const NAME = /\.g(\d+)\.a(\d+)$/

/** The world before an invocation, as far as this question goes. */
export interface Before {
  readonly keys: number
  readonly held: readonly SimKey[]
}

/** Notes which of keyrot's own keys the slots of a credential hold. */
export function beforeInvocation(world: World, credential: string): Before {
  const mine = world.targets.filter((target) => target.credential === credential)
  const held = mine.flatMap((target) => [target.current, target.fallback].flatMap((slot) => (slot?.key.origin === 'keyrot' ? [slot.key] : [])))
  return { keys: world.keys.length, held }
}

/** Whether the invocation minted a later attempt of a generation that a slot held an earlier attempt of. */
export function superseded(world: World, before: Before): boolean {
  const minted = world.keys.slice(before.keys).filter((key) => key.origin === 'keyrot')
  return minted.some((key) => before.held.some((earlier) => generationOf(earlier) === generationOf(key) && attemptOf(earlier) < attemptOf(key)))
}

function generationOf(key: SimKey): number {
  return Number(NAME.exec(key.name ?? '')?.[1] ?? 0)
}

function attemptOf(key: SimKey): number {
  return Number(NAME.exec(key.name ?? '')?.[2] ?? 0)
}
