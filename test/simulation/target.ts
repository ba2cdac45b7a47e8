/** A target's port, played over a world: as its profile says, in one write or label by label. */
import { KeyrotError } from '../../src/domain/errors.ts'
import type { Assignment, Held, Observation, SlotContent, Target } from '../../src/ports/target.ts'
import type { Secret } from '../../src/domain/secret.ts'
import type { Process } from './faults.ts'
import { lostAnswer, outage, read, type Stage } from './stage.ts'
import { WRITES, type SimKey, type SimSlot, type SimTarget } from './world.ts'

type Effect = (name: string, run: () => void) => Promise<void>
type Find = (content: SlotContent | null) => SimSlot | null

export function simTarget(stage: Stage, process: Process, target: SimTarget): Target {
  const { world, gate, checker } = stage
  const { profile } = target
  const mustAnswer = (): void => {
    if (world.down.has(target.name)) throw outage()
  }
  const effect: Effect = (name, run) => {
    const guarded = (): void => {
      mustAnswer()
      if (world.down.has(WRITES)) throw outage()
      checker.enter(process.name, target.credential)
      run()
    }
    return gate.effect(process, `${name}:${target.name}`, guarded, outage, lostAnswer)
  }
  const find = (secret: Secret): SimKey => world.keys.find((key) => key.secret === secret || key.secret.digest === secret.digest) as SimKey
  const slotOf: Find = (content) => (content === null ? null : { key: find(content.secret), marker: content.marker })
  const look = <T>(see: () => T): Promise<T> =>
    read(stage, process, () => {
      mustAnswer()
      return see()
    })
  const one = (assignment: Assignment, revision: string | null): Promise<void> =>
    effect(label(assignment), () => writeAtOnce(stage, target, assignment, revision, slotOf))
  const write = profile.stepwise === true ? (wanted: Assignment, at: string | null) => writeByLabels(stage, target, effect, wanted, at, slotOf) : one
  return {
    type: 'simulated',
    traits: { reads: target.kind, fallback: target.hasFallback, consumers: target.consumers, record: target.name },
    observe: () => look(() => observation(target)),
    write,
    ...(profile.marks === true ? { unmark: (at: string | null) => effect('unmark', () => unmark(stage, target, at)) } : {}),
    ...(profile.leftovers === true ? { leftovers: () => look(() => (target.formerly === null ? [] : [`a build with ${target.formerly.id}`])) } : {}),
    ...(target.consumers === 'reload' ? reloading(stage, target, effect, look) : {}),
  }
}

function reloading(stage: Stage, target: SimTarget, effect: Effect, look: <T>(see: () => T) => Promise<T>): Pick<Target, 'reload' | 'reloaded' | 'stragglers'> {
  const { world } = stage
  const slow = target.profile.rollout === true
  const hasMarker = (marker: string): boolean => target.loadedMarker === marker && target.loaded?.key === target.current?.key
  return {
    reload: (marker) => effect('reload', () => world.reload(target, marker, slow ? world.shape.rollout : 0)),
    reloaded: (marker) => look(() => ({ state: hasMarker(marker) ? 'yes' : 'no' })),
    ...(slow ? { stragglers: () => look(() => (target.loaded?.key === target.current?.key ? [] : ['a pod with an older key'])) } : {}),
  }
}

function label(assignment: Assignment): string {
  if (assignment.current !== undefined) return 'write-current'
  return assignment.fallback === null ? 'clear-fallback' : 'write-fallback'
}

function observation(target: SimTarget): Observation {
  const held = (slot: SimSlot | null): Held => {
    if (slot === null) return { is: 'absent' }
    if (target.kind === 'value') return { is: 'value', secret: slot.key.secret }
    const shows = target.kind === 'marker' || target.marked
    return shows && slot.marker !== null ? { is: 'marker', marker: slot.marker } : { is: 'unknown' }
  }
  return {
    current: held(target.current),
    fallback: target.hasFallback ? held(target.fallback) : null,
    since: target.since,
    revision: target.kind === 'nothing' ? null : String(target.revision),
    ...(target.profile.marks === true ? { marked: target.marked } : {}),
    ...(target.marked && target.lineage !== null ? { lineage: target.lineage } : {}),
  }
}

function refuseStale(target: SimTarget, revision: string | null): void {
  if (revision !== null && revision !== String(target.revision)) throw new KeyrotError({ code: 'KR_SIM_STALE', kind: 'conflict', message: 'changed by others' })
}

function setCurrent({ checker }: Stage, target: SimTarget, after: SimSlot | null): void {
  checker.wroteCurrent(target, target.current, after)
  if (target.current !== null && after !== null && target.current.key !== after.key) target.formerly = target.current.key
  target.current = after
  target.touchedByOthers = false
}

function touched({ world }: Stage, target: SimTarget): void {
  target.revision++
  target.since = world.now
}

function writeAtOnce(stage: Stage, target: SimTarget, wanted: Assignment, revision: string | null, slotOf: Find): void {
  refuseStale(target, revision)
  if (wanted.current !== undefined) {
    setCurrent(stage, target, slotOf(wanted.current))
    target.marked = target.profile.marks === true
    const { marker = '', predecessor } = wanted.current ?? {}
    target.lineage = predecessor === undefined ? null : { marker, predecessor }
  }
  if (wanted.fallback !== undefined) {
    const after = slotOf(wanted.fallback)
    stage.checker.wroteFallback(target, target.fallback, after)
    target.fallback = after
  }
  touched(stage, target)
}

function unmark(stage: Stage, target: SimTarget, revision: string | null): void {
  refuseStale(target, revision)
  target.marked = false
  touched(stage, target)
}

/**
 * A store of versions: two labels of ours, `next` and `prev`, and the one that consumers read. What leaves `current` gets a label
 * before it does, so that its value is never without one; the label of what came in is taken off last.
 */
async function writeByLabels(stage: Stage, target: SimTarget, effect: Effect, wanted: Assignment, revision: string | null, slotOf: Find): Promise<void> {
  refuseStale(target, revision)
  const base = target.current
  const set = (name: 'next' | 'prev', slot: SimSlot | null): Promise<void> =>
    effect(`label-${name}`, () => {
      const before = target.fallback
      target.labels[name] = slot
      target.fallback = fallbackOf(target)
      if (target.fallback !== before) stage.checker.wroteFallback(target, before, target.fallback)
      touched(stage, target)
    })
  const { next, prev } = target.labels
  const goal = wanted.current === undefined ? undefined : slotOf(wanted.current)
  const keep = wanted.fallback === undefined ? undefined : slotOf(wanted.fallback)
  if (goal !== undefined && goal?.key !== base?.key) {
    const waits = [next, prev].find((slot) => slot !== null && slot.key === goal?.key)
    // What is to stay beside the new key keeps its label.
    if (waits === undefined && goal !== null) await set(keep === undefined && next !== null ? 'prev' : 'next', goal)
    const label = prev?.key === goal?.key ? 'next' : 'prev'
    if (base !== null && keep?.key === base.key) await set(label, base)
    await effect('move-current', () => {
      if (target.current !== base) throw new KeyrotError({ code: 'KR_SIM_STALE', kind: 'conflict', message: 'changed by others' })
      setCurrent(stage, target, goal)
      target.fallback = fallbackOf(target)
      touched(stage, target)
    })
  }
  if (keep === undefined) return
  if (keep !== null && fallbackOf(target)?.key !== keep.key) await set('next', keep)
  for (const name of ['next', 'prev'] as const) {
    const slot = target.labels[name]
    if (slot !== null && (keep === null || slot.key !== keep.key)) await set(name, null)
  }
}

/** A label on the version in use keeps nothing beside it. */
export function fallbackOf({ labels, current }: SimTarget): SimSlot | null {
  return [labels.next, labels.prev].find((slot) => slot !== null && slot.key !== current?.key) ?? null
}
