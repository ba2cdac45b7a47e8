/**
 * Where one invocation of an incident ends and the next begins: nothing of a process outlives it, so what comes is decided by the world,
 * by what is stored, and by what the judge remembers. Two schedules that pass here alike go on alike, wherever their faults struck before.
 */
import { hash } from 'node:crypto'
import type { Theatre } from './schedule.ts'
import type { SimKey } from './world.ts'

/** An invocation about to begin: after so many effects, with this still to come. */
export interface Passage {
  readonly at: number
  readonly digest: string
}

/** What of keys the journal names: no engine reads it back, and the judge looks for nothing else in it. */
const NAMES = /key_\d+|keyrot\.[a-z0-9.-]+/g

/** `loop`: what whoever calls again and again has in mind. */
export function passageOf(theatre: Theatre, loop: readonly unknown[]): Passage {
  const { world, store, checker, gate, scenario } = theatre
  // A target that falls at a certain effect falls by the number of it.
  const falls = (scenario.incident?.down?.from ?? 0) > 0 ? gate.count : 0
  const whole = [
    loop,
    falls,
    theatre.ticks,
    theatre.calm,
    theatre.losses > 0,
    theatre.forgotten,
    theatre.disagree,
    world.now,
    [...world.down],
    world.keys,
    world.targets,
    [...store.records.values()].map(({ record }) => ({ ...record, run: record.run === null ? null : { ...record.run, id: '' } })),
    [...store.damaged],
    [...new Set(JSON.stringify(store.journal).match(NAMES))].toSorted(),
    checker.memory(),
  ]
  return { at: gate.count, digest: hash('sha1', JSON.stringify(whole, plain), 'base64') }
}

/** Keys by their ids, where something else refers to them; every set and map as what it holds. */
function plain(name: string, value: unknown): unknown {
  if (value instanceof Set || value instanceof Map) return [...value]
  if (name === 'secret' || name === 'profile') return undefined
  return REFERENCES.has(name) && value !== null ? (value as SimKey).id : value
}

const REFERENCES: ReadonlySet<string> = new Set(['key', 'formerly'])
