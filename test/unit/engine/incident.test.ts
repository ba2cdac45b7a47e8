/** Incidents over a simulated world: what is deleted, what never is, and what is said instead. */
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/domain/secret.ts'
import type { RunReport } from '../../../src/domain/run.ts'
import { ownersOf } from '../../../src/engine/leak.ts'
import { incident, revoke } from '../../../src/engine/runs.ts'
import type { IncidentOrder, RunOptions } from '../../../src/ports/workspace.ts'
import { NAME, NS, OPTIONS, Stage, type Setting } from './stage.ts'
import type { Fault, FaultPlan } from '../../simulation/faults.ts'
import { WRITES, type SimKey } from '../../simulation/world.ts'

const ORDER: IncidentOrder = { value: null, keyId: null, everySlot: false, severFirst: false, deadman: 3_600_000, without: [], by: 'flag' }
const leak = (order: Partial<IncidentOrder> = {}): RunOptions => ({ ...OPTIONS, incident: { ...ORDER, ...order } })
const named = (keyId: string | null, value: Secret | null = null, force = true): RunOptions => ({
  ...OPTIONS,
  revokeConfirmed: true,
  subject: { keyId, value, force },
})

function stageOf(setting: Partial<Setting> = {}): Stage {
  const stage = new Stage({ start: 'adopt', kinds: ['dotenv', 'kubernetes'], ...setting })
  stage.checker.incident = {
    leaked: new Set(stage.first === null ? [] : [stage.first.id]),
    severed: false,
    accepted: new Set(),
    outOfSight: new Set(),
    alone: false,
  }
  return stage
}

/** A living key that looks like another one to whoever sees only its two ends. */
function twinOf(stage: Stage, key: SimKey): SimKey {
  const value = `sk-twin-${key.value.slice(-8)}`
  const twin = { ...key, id: 'key_twin', name: 'of somebody else', value, secret: new Secret(value), origin: 'stranger' as const }
  stage.world.keys.push(twin)
  return twin
}

const living = (stage: Stage, key: SimKey | null): boolean => key !== null && !stage.world.isDead(key)

describe('an incident', () => {
  it('puts a new key everywhere, deletes the leaked one and sees it refused', async () => {
    const stage = stageOf()
    const report = await stage.tick(incident, leak())
    expect(report).toMatchObject({ status: 'done', exit: 0, code: 'KR_INCIDENT_OVER' })
    expect(living(stage, stage.first)).toBe(false)
    expect(stage.begun().filter((step) => /^(?:contain|mint|retire)$/.test(step))).toEqual(['contain', 'mint', 'retire'])
    expect(Object.keys(report?.moments ?? {})).toEqual(expect.arrayContaining(['declared', 'contained', 'minted', 'promoted', 'deleted', 'refused']))
    expect(stage.checker.violations).toEqual([])
  })

  it('is not ended by what fails in passing before its first step', async () => {
    const stage = stageOf({ faults: new Map([1, 2, 4].map((at) => [at, 'fail-before'])) })
    expect(await stage.tick(incident, leak())).toMatchObject({ status: 'done', exit: 0 })
    expect(stage.gate.log.struck.map(({ effect }) => effect)).toEqual(['state.save', 'state.save', 'state.append'])
    expect(stage.store.journal.filter(({ type }) => type === 'incident.declared')).toHaveLength(1)
  })

  it('says why, where it has tried often enough', async () => {
    const stage = stageOf()
    stage.world.down.add(WRITES)
    const report = await stage.tick(incident, leak())
    expect(report).toMatchObject({ code: 'KR_STEP_TRIES', exit: 9 })
    expect(report?.message).toContain('simulated outage (KR_SIM_DOWN)')
  })

  it('goes on with a key given by hand, where its own tries are used up', async () => {
    const stage = stageOf({ faults: new Map([[await effectOf('provider.create'), 'crash-before']]) })
    expect(await stage.tick(incident, leak())).toBeNull()
    const held = stage.store.records.get(NAME)!
    stage.store.records.set(NAME, { ...held, record: { ...held.record, attempts: 16 } })
    const stuck = await stage.tick(incident, leak())
    expect(stuck).toMatchObject({ code: 'KR_TRIES_USED', exit: 9, next: { command: `keyrot incident ${NAME} --new-key-stdin` } })
    const given = stage.world.newKey({ name: 'made by hand', life: 100 * 86_400_000, origin: 'person' })
    stage.checker.own.add(given.id)
    stage.world.advance(60_000)
    expect(await stage.tick(incident, { ...leak(), pasted: given.secret })).toMatchObject({ status: 'done', exit: 0 })
    expect(stage.world.targets.map(({ current }) => current?.key.id)).toEqual([given.id, given.id])
    expect([living(stage, stage.first), living(stage, given)]).toEqual([false, true])
    expect(stage.checker.violations).toEqual([])
  })

  it('severs first where that was asked: the key is dead before anything is promoted', async () => {
    const stage = stageOf()
    stage.checker.incident = { ...stage.checker.incident!, severed: true }
    expect(await stage.tick(incident, leak({ severFirst: true }))).toMatchObject({ status: 'done' })
    const steps = stage.begun()
    expect(steps.indexOf('sever')).toBe(0)
    expect(steps.indexOf('retire')).toBeLessThan(steps.findIndex((step) => step.startsWith('promote')))
    expect(stage.checker.violations).toEqual([])
  })

  it('leaves a named target behind as a debt, and settles it when it is back', async () => {
    const stage = stageOf()
    stage.checker.incident = { ...stage.checker.incident!, accepted: new Set(['t1']) }
    stage.world.down.add('t1')
    expect(await stage.tick(incident, leak({ without: ['t1'] }))).toMatchObject({ status: 'parked', exit: 8, code: 'KR_INCIDENT_DEBT' })
    expect(living(stage, stage.first)).toBe(false)
    stage.world.down.clear()
    expect(await stage.tick(incident, leak())).toMatchObject({ status: 'done', exit: 0 })
    expect(new Set(stage.world.targets.map((target) => target.current?.key.id)).size).toBe(1)
    expect(stage.checker.violations).toEqual([])
  })

  it('leaves a named target on a key that has not leaked', async () => {
    const stage = stageOf({ faults: new Map([[await effectOf('write-current:t0'), 'crash-before']]) })
    stage.checker.incident = { ...stage.checker.incident!, accepted: new Set(['t1']) }
    expect(await stage.tick(incident, leak())).toBeNull()
    const own = stage.world.targets[1]!.current!.key
    stage.world.down.add('t1')
    expect(await stage.tick(incident, leak({ without: ['t1'] }))).toMatchObject({ code: 'KR_INCIDENT_DEBT' })
    expect([living(stage, stage.first), living(stage, own)]).toEqual([false, true])
    stage.world.down.clear()
    expect(await stage.tick(incident, leak())).toMatchObject({ status: 'done', exit: 0 })
    expect(living(stage, own)).toBe(false)
    expect(stage.checker.violations).toEqual([])
  })

  it('does not wait for a target that falls silent after its promotion, if it was named', async () => {
    const stage = stageOf()
    stage.checker.incident = { ...stage.checker.incident!, accepted: new Set(['t0']) }
    const reload = await effectOf('reload:t1')
    stage.gate.onCount = (now) => void (now > reload && stage.world.down.add('t0'))
    expect(await stage.tick(incident, leak({ without: ['t0'] }))).toMatchObject({ status: 'parked', exit: 8, code: 'KR_INCIDENT_DEBT' })
    expect(living(stage, stage.first)).toBe(false)
    expect(stage.checker.violations).toEqual([])
  })

  it('keeps the key alive where the target was not named, and moves its end out again', async () => {
    const stage = stageOf()
    stage.world.down.add('t1')
    const report = await stage.tick(incident, leak())
    expect(report).toMatchObject({ status: 'person', exit: 9, code: 'KR_TARGET_UNREACHABLE', next: { command: `keyrot incident ${NAME} --without t1` } })
    stage.world.advance(86_400_000)
    expect(living(stage, stage.first)).toBe(true)
    expect(stage.checker.violations).toEqual([])
  })
})

describe('what it saw when it looked around', () => {
  /** Somebody changes a target between that look and the promotion that rests on it. */
  async function changedBefore(change: (stage: Stage) => void): Promise<{ stage: Stage; report: RunReport | null }> {
    const stage = stageOf({ kinds: ['kubernetes', 'aws'] })
    const mint = await effectOf('provider.create')
    stage.gate.onCount = (now) => void (now === mint && change(stage))
    return { stage, report: await stage.tick(incident, leak()) }
  }

  it('is looked at again where the target has changed since', async () => {
    const { stage, report } = await changedBefore(({ world }) => world.targets[0]!.revision++)
    expect(report).toMatchObject({ status: 'done', exit: 0 })
    expect(stage.begun().filter((step) => step === 'promote:t0')).toHaveLength(2)
    expect(stage.checker.violations).toEqual([])
  })

  it('does not let it write over a value that is there by now', async () => {
    const { stage, report } = await changedBefore(({ world }) => {
      const key = world.newKey({ name: 'of somebody else', life: null, origin: 'stranger' })
      Object.assign(world.targets[0]!, { current: { key, marker: null }, revision: 99 })
    })
    expect(report).toMatchObject({ status: 'person', code: 'KR_TARGET_UNREACHABLE' })
    expect(stage.world.targets[0]?.current?.key.origin).toBe('stranger')
  })
})

/** What the leaked key's end is, invocation by invocation: far where it lives for days. */
const isFar = (stage: Stage): boolean => living(stage, stage.first) && stage.first!.expiresAt! - stage.world.now > 30 * 86_400_000

const contained = (stage: Stage): boolean => stage.store.journal.some(({ type }) => type === 'key.contained')

/** The number of the first effect of that name in an undisturbed incident. */
async function effectOf(name: string): Promise<number> {
  const stage = stageOf()
  await stage.tick(incident, leak())
  return stage.gate.log.names.indexOf(name) + 1
}

describe('the near end', () => {
  it('is not given while a target that was not named is out of reach', async () => {
    const stage = stageOf()
    stage.world.down.add('t1')
    const report = await stage.tick(incident, leak())
    expect(report?.findings).toContainEqual(expect.objectContaining({ code: 'not-contained', message: expect.stringContaining('t1') }))
    expect(report?.moments).not.toHaveProperty('contained')
    expect(contained(stage)).toBe(false)
  })

  it('is not given while another credential lives on the key', async () => {
    const stage = stageOf({ shared: true })
    const report = await stage.tick(incident, leak())
    expect(report?.findings).toContainEqual(expect.objectContaining({ code: 'not-contained', message: expect.stringContaining('other/elsewhere') }))
    expect(contained(stage)).toBe(false)
  })

  it('is not taken for set where the call that was to set it failed', async () => {
    const stage = stageOf({ faults: new Map([[await effectOf('provider.expire'), 'fail-before']]) })
    expect(await stage.tick(incident, leak())).toMatchObject({ status: 'done' })
    const told = stage.store.journal.map(({ type }) => type)
    expect(told).toContain('key.contained')
    expect(told.indexOf('key.contained')).toBeLessThan(told.indexOf('key.minted'))
  })

  it('is set once more by a call that finds it on record: the one before may have died on the way', async () => {
    const stage = stageOf({ faults: new Map([[await effectOf('provider.expire'), 'crash-before']]) })
    expect(await stage.tick(incident, leak())).toBeNull()
    expect(await stage.tick(incident, leak())).toMatchObject({ status: 'done' })
    expect(contained(stage)).toBe(true)
  })

  it('is moved out by the next call, should its record be lost and a target be out of reach by then', async () => {
    const stage = stageOf({ faults: new Map([[await effectOf('provider.expire'), 'crash-after']]) })
    expect(await stage.tick(incident, leak())).toBeNull()
    expect(isFar(stage)).toBe(false)
    stage.store.lose()
    stage.world.down.add('t1')
    await stage.tick(incident, leak())
    expect(isFar(stage)).toBe(true)
  })

  it('is moved out by whatever ends the call, also where the provider has to be asked again', async () => {
    const mint = await effectOf('provider.create')
    const faultsFor = (calls: number): FaultPlan => new Map(Array.from({ length: calls }, (_, at): [number, Fault] => [mint + at, 'fail-before']))
    const endless = stageOf({ faults: faultsFor(60) })
    await endless.tick(incident, leak())
    const asked = endless.gate.log.struck.findIndex(({ effect }) => effect === 'provider.expire')
    // the outage lasts until the provider has been asked twice to move the end out
    const stage = stageOf({ faults: faultsFor(asked + 2) })
    const report = await stage.tick(incident, leak())
    expect(report?.exit).toBe(9)
    expect(stage.gate.log.struck.filter(({ effect }) => effect === 'provider.expire').length).toBe(2)
    expect(isFar(stage)).toBe(true)
    expect(report?.findings.map(({ code }) => code)).not.toContain('still-contained')
  })
})

describe('the right key only', () => {
  it('two keys with the same redacted ends: stops, deletes neither', async () => {
    const stage = stageOf({ kinds: ['dotenv'] })
    const twin = twinOf(stage, stage.first!)
    const report = await stage.tick(incident, leak({ value: stage.first!.secret }))
    expect(report?.exit).toBe(9)
    expect(report?.code).toBe('KR_AMBIGUOUS_KEY')
    expect([living(stage, twin), living(stage, stage.first)]).toEqual([true, true])
    expect(stage.world.targets[0]?.current?.key.origin).toBe('keyrot')
  })

  it('a refused value that only looks like a listed key names nobody', async () => {
    const stage = stageOf()
    const alike = new Secret(`sk-twin-${stage.first!.value.slice(-8)}`)
    expect(await ownersOf(stage.workspace(), alike)).toEqual({ credentials: [], lookalikes: [stage.first!.id], unseen: [] })
    expect(await stage.tick(incident, leak({ value: alike }))).toMatchObject({ status: 'nothing', code: 'KR_LEAK_DEAD' })
    expect(living(stage, stage.first)).toBe(true)
  })

  it('an unknown key, or one of another project: nobody’s, nothing changes', async () => {
    const stage = stageOf()
    // accepted by the provider, and not in this project's listing
    const unknown = stage.world.newKey({ name: 'elsewhere', life: null, origin: 'stranger' }).secret
    stage.world.advance(10_000)
    const before = stage.snapshot()
    expect(await ownersOf(stage.workspace(), unknown)).toEqual({ credentials: [], lookalikes: [], unseen: [] })
    expect(await stage.tick(incident, leak({ value: unknown }))).toMatchObject({ exit: 5, code: 'KR_NOT_THE_KEY' })
    expect(await stage.tick(incident, leak({ keyId: 'key_of_another_project' }))).toMatchObject({ exit: 5 })
    expect(await stage.tick(revoke, named('key_of_another_project'))).toMatchObject({ exit: 5, code: 'KR_NOT_THE_KEY' })
    expect(stage.snapshot()).toBe(before)
  })

  it('a key that two credentials share dies with the last that leaves it', async () => {
    const stage = stageOf({ shared: true })
    expect(await stage.tick(incident, leak())).toMatchObject({ exit: 9, code: 'KR_LEAK_SHARED', next: { command: 'keyrot incident other' } })
    expect(living(stage, stage.first)).toBe(true)
    expect(await stage.tick((ws, _name, options) => incident(ws, 'other', options), leak())).toMatchObject({ exit: 0 })
    expect(living(stage, stage.first)).toBe(false)
    expect(await stage.tick(incident, leak())).toMatchObject({ exit: 0 })
    expect(stage.checker.violations).toEqual([])
  })

  it('a key of another ns, and the key in use, are not revoked by their id', async () => {
    const stage = stageOf({ start: 'routine' })
    const other = stage.world.newKey({ name: `keyrot.otherone.${NAME}.g1.a1`, life: null, origin: 'stranger', age: 86_400_000 })
    expect(await stage.tick(revoke, named(other.id))).toMatchObject({ exit: 5, code: 'KR_NOT_THE_KEY' })
    expect(await stage.tick(revoke, named(stage.first!.id))).toMatchObject({ exit: 5, code: 'KR_KEY_IN_USE' })
    expect(await stage.tick(revoke, named(null, stage.first!.secret))).toMatchObject({ exit: 5, code: 'KR_KEY_IN_USE' })
    expect([living(stage, other), living(stage, stage.first)]).toEqual([true, true])
  })

  it('an old key of ours is revoked by its id, alone of its account', async () => {
    const stage = stageOf({ start: 'routine' })
    const old = stage.world.newKey({ name: `keyrot.${NS}.${NAME}.g0.a1`, life: null, origin: 'keyrot', age: 86_400_000 * 30 })
    const sibling = stage.world.newKey({ name: 'a sibling', life: null, origin: 'stranger', age: 86_400_000 })
    stage.checker.own.add(old.id)
    stage.checker.incident = null
    expect(await stage.tick(revoke, named(old.id))).toMatchObject({ exit: 0 })
    expect([living(stage, old), living(stage, sibling), living(stage, stage.first)]).toEqual([false, true, true])
  })

  it('a dead value that no slot holds is nothing to do', async () => {
    const stage = stageOf()
    const dead = stage.world.newKey({ name: 'long gone', life: null, origin: 'stranger', age: 86_400_000 })
    dead.deletedAt = stage.world.now - 3_600_000
    expect(await stage.tick(incident, leak({ value: dead.secret }))).toMatchObject({ status: 'nothing', exit: 0, code: 'KR_LEAK_DEAD' })
    expect(living(stage, stage.first)).toBe(true)
  })
})
