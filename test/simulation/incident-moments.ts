/** Where a leak meets a rotation, and a target falls in an incident: by what has happened by then, not by a number that a change of the flow moves. */
import { scenarioOf } from './exhaustive.ts'
import type { IncidentScript } from './incident.ts'
import type { Kind } from './profiles.ts'
import { play, type Scenario } from './schedule.ts'

export const LEAK: IncidentScript = { leaked: 'a', severFirst: false, after: 0 }

/** What a slow reload adds is time alone; a short one says the same in less of ours. */
export const quick = (plain: Scenario): Scenario => ({ ...plain, shape: { ...plain.shape, rollout: 250 } })

/** A rotation that dies after so many effects. */
export interface Phase {
  readonly name: string
  readonly after: number
  /** Whether a slot holds its own key by then: that key can leak. */
  readonly held: boolean
}

const isWord = (effect: string): boolean => effect.startsWith('state.')
const isSlot = (effect: string): boolean => /^(?:write|label|move)-/.test(effect)

/**
 * Every phase of a rotation that the world can tell: right after each change of it up to the last reload (`wrote`), when no word of that
 * change is on record yet; and with all on record right before the key is made, committed, promoted and deleted (`noted`).
 */
export async function phasesOf(kinds: readonly Kind[]): Promise<readonly Phase[]> {
  const { effects } = await play(quick(scenarioOf(kinds, 'kept')), new Map())
  const end = effects.indexOf('provider.delete')
  const expire = effects.indexOf('provider.expire')
  const promotes = effects.findIndex((effect, at) => at > expire && isSlot(effect))
  const phase = (name: string, after: number): Phase => ({ name, after, held: effects.slice(0, after).some(isSlot) })
  const wrote = effects.slice(0, end).flatMap((effect, at) => (isWord(effect) ? [] : [phase(`wrote-${at + 1}`, at + 1)]))
  const noted = [effects.indexOf('provider.create'), expire, promotes, end].map((at) => phase(`noted-${at}`, at))
  return [...wrote, ...noted]
}

/** Effects of an incident from which on a target is down: right after *contain*, before the first promotion, amid them, and after the last. */
export async function fallsOf(kinds: readonly Kind[]): Promise<readonly number[]> {
  const { effects } = await play({ ...quick(scenarioOf(kinds, 'kept')), incident: LEAK }, new Map())
  const slots = effects.slice(0, effects.indexOf('provider.delete')).flatMap((effect, at) => (isSlot(effect) ? [at + 1] : []))
  const [first = 0, last = 0] = [slots[0], slots.at(-1)]
  return [effects.indexOf('provider.expire') + 2, first, Math.ceil((first + last) / 2), last + 1]
}
