/** What an incident promises between its invocations, while nobody is there, and at its end. */
import type { RunReport } from '../../src/domain/run.ts'
import { DAY, HOUR } from './clock.ts'
import { NAME, type Theatre } from './schedule.ts'
import type { SimKey, SimTarget, World } from './world.ts'

/** Longer than any dead man's switch that is on. */
const SOON = 2 * HOUR

/** Targets with the key in one of their slots. */
export function heldBy(world: World, key: SimKey): readonly SimTarget[] {
  return world.targets.filter((target) => target.current?.key === key || target.fallback?.key === key)
}

/** A leaked key that lives is on record, or in a slot, or has a near end; and no call that came to an end leaves a near end behind unsaid. */
export function judgeBetween({ checker, world, store }: Theatre, report: RunReport | null): void {
  const said = report?.findings.some(({ code }) => code === 'still-contained') === true
  for (const key of livingLeaks(checker.incident, world)) {
    const ends = key.expiresAt !== null && key.expiresAt - world.now <= SOON
    const held = heldBy(world, key)
    if (held.length === 0 && !ends && !store.text().includes(key.id))
      checker.report('INCIDENT', `the leaked key ${key.name ?? key.id} lives, and nothing names it`)
    const inUse = held.filter((target) => target.current?.key === key && checker.incident?.accepted.has(target.name) !== true)
    if (report !== null && !said && ends && inUse.length > 0 && !isUncommitted(world, key))
      checker.report(
        'INCIDENT',
        `${report.code} left a near end on the leaked key, which ${inUse.map(({ name }) => name).join(', ')} needs, and did not say so`,
      )
  }
}

/** Nobody came back: the key has died by itself where every target was in sight when the run went on to its successor, and nowhere else. */
export function judgeAbsence({ checker, world, gate }: Theatre, from: number): void {
  const wentOn = gate.log.names.slice(from).some((name) => name === 'provider.create')
  for (const key of livingLeaks(checker.incident, world)) {
    const sole = heldBy(world, key).every(({ name }) => checker.incident?.outOfSight?.has(name) !== true)
    if (wentOn && sole && !isUncommitted(world, key)) checker.report('INCIDENT', `keyrot vanished, and the leaked key ${key.name ?? key.id} lives on`)
  }
}

/** The end: the key is dead, and whoever was reachable lives on another. */
export function judgeEnd({ checker, world, store }: Theatre, leaked: SimKey, last: RunReport | null): void {
  checker.stored(store.text() + JSON.stringify(store.written))
  if (last === null) return
  const said = last.status === 'done' || last.status === 'rolled-back'
  if (said && !world.isDead(leaked)) checker.report('INCIDENT', `it is over, and the leaked key ${leaked.name ?? leaked.id} lives`)
  if (said) {
    checker.finished(NAME, { predecessor: null, shared: false, rolledBack: last.status === 'rolled-back' })
    for (const target of world.targets)
      if (target.current !== null && target.current.key === leaked) checker.report('INCIDENT', `${target.name} ended on the leaked key`)
  }
  world.advance(SOON + DAY)
  if (!world.isDead(leaked)) checker.report('INCIDENT', `the leaked key ${leaked.name ?? leaked.id} outlives its incident`)
}

function livingLeaks(incident: Theatre['checker']['incident'], world: World): readonly SimKey[] {
  return world.keys.filter((key) => incident?.leaked.has(key.id) === true && !world.isDead(key))
}

function isUncommitted({ shape }: World, key: SimKey): boolean {
  return key.origin === 'keyrot' && key.expiresAt !== null && key.expiresAt - key.createdAt <= shape.birthLife * 1.01
}
