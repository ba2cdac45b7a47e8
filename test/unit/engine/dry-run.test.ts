import { describe, expect, it } from 'vitest'
import { planRun, resume, rollback, rotate } from '../../../src/engine/runs.ts'
import { standStill } from '../../../src/engine/still.ts'
import { gatherStatus } from '../../../src/audit/status.ts'
import type { PlanReport } from '../../../src/domain/status.ts'
import { SECOND } from '../../simulation/clock.ts'
import type { Fault } from '../../simulation/faults.ts'
import { NAME, OPTIONS, Stage, type Setting, type StartKind } from './stage.ts'

const STARTS: readonly StartKind[] = ['adopt', 'routine', 'bootstrap', 'recovery']

/** Invocations until the run is over, or until a planned fault kills one. */
async function play(stage: Stage, command = rotate, options = OPTIONS): Promise<'over' | 'died'> {
  for (let tick = 0; tick < 12; tick++) {
    const report = await stage.tick(command, options)
    if (report === null) return 'died'
    if (report.next === null) return 'over'
    stage.world.advance(Math.max(60 * SECOND, (report.next.at ?? 0) - stage.world.now + SECOND))
  }
  throw new Error('the run did not end')
}

function needed(plan: PlanReport): string[] {
  return plan.steps.filter((step) => step.state === 'needed').map((step) => step.id)
}

/** Every world that a run killed after its n-th effect leaves behind, and the undisturbed one. */
async function* everyMidRun(setting: Setting, options = OPTIONS): AsyncGenerator<{ readonly stage: Stage; readonly after: string }> {
  yield { stage: new Stage(setting), after: 'nothing' }
  for (let at = 1; ; at++) {
    const stage = new Stage({ ...setting, faults: new Map<number, Fault>([[at, 'crash-after']]) })
    if ((await play(stage, rotate, options)) === 'over') return
    yield { stage, after: `${at}: ${stage.gate.log.struck[0]?.effect ?? ''}` }
  }
}

describe('planRun', () => {
  for (const start of STARTS) {
    for (const state of ['kept', 'lost', 'corrupted'] as const) {
      it(`changes nothing and takes no lock at any point of a run: ${start}, state ${state}`, async () => {
        const points: string[] = []
        for await (const { stage, after } of everyMidRun({ start, kinds: ['value', 'marker', 'nothing'] })) {
          if (state === 'lost') stage.store.lose()
          if (state === 'corrupted') stage.store.corrupt()
          const before = stage.snapshot()
          await planRun(stage.workspace(), NAME, OPTIONS)
          await gatherStatus(stage.workspace())
          expect(stage.snapshot(), `after ${after}`).toBe(before)
          points.push(after)
        }
        expect(points.length).toBeGreaterThan(20)
      })
    }

    it.each([[['value', 'marker']], [['marker', 'marker']]] as const)(
      `foretells every step that the run will act on, at any point: ${start}, %s`,
      async (kinds) => {
        const options = { ...OPTIONS, noRollback: ['t0', 't1'] }
        for await (const { stage, after } of everyMidRun({ start, kinds }, options)) {
          // A plan is as good as the listing it sees: let that catch up with the effect before.
          stage.world.advance(60 * SECOND)
          const plan = await planRun(stage.workspace(), NAME, options)
          const had = stage.begun().length
          await play(stage, rotate, options)
          // What a lost create left can be swept only later, in the second half of its birth life; drain acts by waiting.
          const did = new Set(
            stage
              .begun()
              .slice(had)
              .filter((step) => step !== 'sweep'),
          )
          const said = needed(plan).filter((step) => step !== 'drain')
          expect(said.toSorted(), `after ${after}`).toEqual([...did].toSorted())
          const moves = said.some((step) => step.startsWith('promote') || step.startsWith('reload'))
          if (moves && said.includes('retire')) expect(needed(plan), `after ${after}`).toContain('drain')
        }
      },
    )
  }

  it('does not call with the old key once everything is promoted', async () => {
    const stage = new Stage({ start: 'adopt', kinds: ['value', 'value'] })
    expect((await stage.tick(rotate))?.status).toBe('waiting')
    const used = stage.first?.lastUsedAt
    stage.world.advance(SECOND)
    const plan = await planRun(stage.workspace(), NAME, OPTIONS)
    expect(stage.first?.lastUsedAt).toBe(used)
    expect(plan).toMatchObject({ start: 'resume', exit: 10 })
    expect(plan.steps.find((step) => step.verb === 'drain')).toMatchObject({ state: 'blocked' })
    expect(needed(plan)).toEqual(['retire', 'settle:t0', 'settle:t1'])
  })

  it('names the start, the generation and the end of the key in use', async () => {
    for (const [start, generation, ends] of [
      ['adopt', 1, true],
      ['routine', 2, true],
      ['bootstrap', 1, false],
    ] as const) {
      const stage = new Stage({ start, kinds: ['value'] })
      const plan = await planRun(stage.workspace(), NAME, OPTIONS)
      expect(plan).toMatchObject({ credential: NAME, start, generation, exit: 0, endsAt: ends ? (stage.first?.expiresAt ?? null) : null })
      expect(plan.hash).toMatch(/^[0-9a-f]{16}$/)
    }
    const plan = await planRun(new Stage({ start: 'recovery', kinds: ['value'] }).workspace(), NAME, OPTIONS)
    expect(plan.start).toBe('recovery')
    expect(plan.findings.map((finding) => finding.code)).toContain('key-in-use-dead')
  })

  it('gives the same plan the same hash, and another plan another', async () => {
    const hash = async (kinds: Setting['kinds']): Promise<string> => (await planRun(new Stage({ start: 'routine', kinds }).workspace(), NAME, OPTIONS)).hash
    expect(await hash(['value'])).toBe(await hash(['value']))
    expect(await hash(['value'])).not.toBe(await hash(['value', 'value']))
  })

  it('says where the old key can be put back, and why not', async () => {
    const way = async (setting: Setting): Promise<unknown> => (await planRun(new Stage(setting).workspace(), NAME, OPTIONS)).rollback[0]
    expect(await way({ start: 'routine', kinds: ['value', 'marker'] })).toMatchObject({ target: 't0', possible: true })
    expect(await way({ start: 'routine', kinds: ['marker'] })).toEqual({
      target: 't0',
      possible: false,
      why: "the old key's value is in no slot that can be read",
    })
    expect(await way({ start: 'routine', kinds: ['value'], fallback: false })).toMatchObject({
      possible: false,
      why: 'no slot that can be read keeps the old key beside the new one',
    })
    expect(await way({ start: 'bootstrap', kinds: ['value'] })).toMatchObject({ possible: false, why: 'there is no old key to go back to' })
    expect(await way({ start: 'recovery', kinds: ['value'] })).toMatchObject({ possible: false, why: 'the old key is dead' })
  })

  it('refuses in the words of the run: a value that nobody can read needs a name', async () => {
    const plan = await planRun(new Stage({ start: 'adopt', kinds: ['nothing'] }).workspace(), NAME, OPTIONS)
    expect(plan.exit).toBe(5)
    expect(plan.message).toContain('--no-rollback t0')
    expect(plan.steps[0]).toMatchObject({ id: 'preflight', state: 'blocked' })
  })

  it('reports an unclear situation with its exit, and no steps beyond preflight', async () => {
    const stage = new Stage({ start: 'adopt', kinds: ['value', 'value'] })
    const second = stage.world.newKey({ name: 'another by hand', life: null, origin: 'person', age: SECOND * 1000 })
    stage.world.outsideEdit(stage.world.targets[1]!, 'current', second)
    const plan = await planRun(stage.workspace(), NAME, OPTIONS)
    expect(plan).toMatchObject({ start: 'adopt', exit: 5, steps: [{ id: 'preflight', state: 'blocked' }] })
    expect(plan.message).toContain('--from TARGET')
    expect((await planRun(stage.workspace(), NAME, { ...OPTIONS, from: 't0' })).steps[0]?.state).toBe('blocked')
  })

  it('reports a target that cannot be read, and a bug as a bug', async () => {
    const stage = new Stage({ start: 'routine', kinds: ['value'] })
    const ws = stage.workspace()
    const broken = (thrown: unknown): typeof ws => ({
      ...ws,
      credentials: ws.credentials.map((one) => ({
        ...one,
        targets: one.targets.map((bound) => ({ ...bound, target: { ...bound.target, observe: () => Promise.reject(thrown) } })),
      })),
    })
    const { KeyrotError } = await import('../../../src/domain/errors.ts')
    expect(await planRun(broken(new KeyrotError({ code: 'KR_DOWN', kind: 'unavailable', message: 'down' })), NAME, OPTIONS)).toMatchObject({
      exit: 7,
      start: 'routine',
      generation: 2,
      message: 'down',
    })
    await expect(planRun(broken(new TypeError('sk-hidden')), NAME, OPTIONS)).rejects.toMatchObject({ code: 'KR_BUG' })
    await expect(planRun(ws, 'nobody', OPTIONS)).rejects.toMatchObject({ code: 'KR_UNKNOWN_CREDENTIAL' })
  })

  it('plans a rollback under way as one', async () => {
    const stage = new Stage({ start: 'routine', kinds: ['value', 'value'], faults: new Map([[30, 'crash-after' as const]]) })
    await play(stage)
    expect((await stage.tick(rollback))?.status).toBe('waiting')
    const plan = await planRun(stage.workspace(), NAME, OPTIONS)
    expect(plan.start).toBe('resume')
    expect(plan.steps.some((step) => step.verb === 'stage')).toBe(false)
    expect((await stage.tick(resume))?.status).toBe('waiting')
  })

  it('asks nobody, waits for nothing, and lets nothing be written', async () => {
    const still = standStill(new Stage({ start: 'routine', kinds: ['value'] }).workspace())
    expect(still.prompter).toBeNull()
    const { record } = await still.records.load(NAME)
    await expect(still.records.save(record!, null)).rejects.toMatchObject({ code: 'KR_BUG' })
    await expect(still.records.append({ type: 'finding', at: 0, credential: NAME, run: 'x' })).rejects.toMatchObject({ code: 'KR_BUG' })
    await expect(still.locks.acquire(['x'])).rejects.toMatchObject({ code: 'KR_BUG' })
  })
})
