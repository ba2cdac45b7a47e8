import { describe, expect, it } from 'vitest'
import { moment } from '../../../src/domain/moment.ts'
import { forget, rotate } from '../../../src/engine/runs.ts'
import { DAY, SECOND } from '../../simulation/clock.ts'
import { FAULTS } from '../../simulation/faults.ts'
import { NAME, NS, OPTIONS, Stage, type Setting } from './stage.ts'

const earlier = { key: { id: 'key_old', name: null, fingerprint: null }, reason: 'left-alive' as const, since: 0 }

/** A settled credential whose fallback slots still hold keys of earlier runs. */
function leftOver(setting: Partial<Setting> = {}): Stage {
  const stage = new Stage({ start: 'routine', kinds: ['value', 'marker'], ...setting })
  const old = stage.world.newKey({ name: `keyrot.${NS}.${NAME}.g1.a0`, life: 90 * DAY, origin: 'keyrot', age: 40 * DAY })
  stage.checker.own.add(old.id)
  for (const target of stage.world.targets) target.fallback = { key: old, marker: old.name }
  return stage
}

describe('forget', () => {
  it('clears own fallback slots and the record, keeps the key in use, and says when that ends', async () => {
    const stage = leftOver()
    const before = stage.world.targets.map((target) => target.current)
    const report = await stage.tick(forget)
    expect(report).toMatchObject({ status: 'done', exit: 0, code: 'KR_FORGOTTEN', next: null, phase: 'settled' })
    expect(report?.message).toContain(`ends on ${moment(stage.first?.expiresAt ?? 0)} unless`)
    expect(report?.targets.map((target) => target.fallback)).toEqual(['absent', 'absent'])
    expect(stage.world.targets.map((target) => target.fallback)).toEqual([null, null])
    expect(stage.world.targets.map((target) => target.current)).toEqual(before)
    expect(stage.store.records.get(NAME)?.record).toMatchObject({ generation: 1, attempts: 1, current: null, run: null, outstanding: [] })
    expect(stage.store.journal).toHaveLength(1)
    expect(stage.store.journal[0]).toMatchObject({ type: 'run.done', code: 'KR_FORGOTTEN', credential: NAME })
    expect(stage.checker.violations).toEqual([])
    expect(stage.world.keys.every((key) => key.deletedAt === null)).toBe(true)
  })

  it('never uses a name again: the next rotation begins the generation after', async () => {
    const stage = leftOver()
    await stage.tick(forget)
    await stage.tick(rotate)
    expect(stage.world.keys.at(-1)?.name).toBe(`keyrot.${NS}.${NAME}.g2.a1`)
  })

  it('refuses while a run is open, by the record or by what the world shows', async () => {
    for (const lose of [false, true]) {
      const stage = new Stage({ start: 'routine', kinds: ['value', 'value'] })
      expect((await stage.tick(rotate))?.status).toBe('waiting')
      if (lose) stage.store.lose()
      const before = stage.snapshot()
      expect(await stage.tick(forget)).toMatchObject({ status: 'refused', exit: 5, code: 'KR_RUN_OPEN', next: { command: `keyrot resume ${NAME}` } })
      expect(stage.snapshot()).toBe(before)
    }
  })

  it('leaves alone what is not of this credential, and what it cannot see', async () => {
    const stage = new Stage({ start: 'routine', kinds: ['value', 'nothing'] })
    const stranger = stage.world.newKey({ name: 'a stranger', life: null, origin: 'stranger', age: DAY })
    for (const target of stage.world.targets) target.fallback = { key: stranger, marker: null }
    const report = await stage.tick(forget)
    expect(report?.status).toBe('done')
    expect(stage.world.targets.map((target) => target.fallback?.key)).toEqual([stranger, stranger])
    expect(report?.findings).toMatchObject([{ code: 'cannot-tell', severity: 'info' }])
  })

  it('says once more which old keys are alive, for nothing watches them from here on', async () => {
    const stage = leftOver()
    const held = stage.store.records.get(NAME)!
    stage.store.records.set(NAME, { ...held, record: { ...held.record, outstanding: [earlier] } })
    expect((await stage.tick(forget))?.findings).toMatchObject([
      { code: 'revocation-outstanding', severity: 'warning', message: expect.stringContaining('key_old') },
    ])
  })

  it('takes the locks of the credential and gives them back', async () => {
    const stage = leftOver()
    const held = await stage.workspace().locks.acquire([`credential:${NAME}`])
    const before = stage.snapshot()
    expect(await stage.tick(forget)).toMatchObject({ status: 'locked', exit: 6 })
    expect(stage.snapshot()).toBe(before)
    await held.release()
    expect(await stage.tick(forget)).toMatchObject({ status: 'done' })
    expect(stage.store.locks.size).toBe(0)
  })

  it('ends the same after any fault at any effect, when it is run again', async () => {
    const calm = leftOver()
    await calm.tick(forget)
    for (let at = 1; at <= calm.gate.count; at++) {
      for (const fault of FAULTS) {
        const stage = leftOver({ faults: new Map([[at, fault]]) })
        await stage.tick(forget)
        stage.world.advance(SECOND)
        expect(await stage.tick(forget), `${fault} at ${at}`).toMatchObject({ status: 'done', code: 'KR_FORGOTTEN' })
        expect(stage.world.targets.map((target) => target.fallback)).toEqual([null, null])
        expect(stage.store.records.get(NAME)?.record).toMatchObject({ generation: 1, attempts: 1, current: null })
        expect(stage.checker.violations).toEqual([])
      }
    }
  })

  it('keeps a record that it cannot rebuild from the world: the generation of a lost one comes from the names', async () => {
    const stage = new Stage({ start: 'routine', kinds: ['value'] })
    stage.store.lose()
    expect(await stage.tick(forget, OPTIONS)).toMatchObject({ status: 'done', generation: 1 })
    expect(stage.store.records.get(NAME)?.record.generation).toBe(1)
  })
})
