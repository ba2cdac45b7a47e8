import { describe, expect, it } from 'vitest'
import { gatherStatus } from '../../../src/audit/status.ts'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { StatusReport } from '../../../src/domain/status.ts'
import { rotate } from '../../../src/engine/runs.ts'
import type { Workspace } from '../../../src/ports/workspace.ts'
import { DAY, HOUR, MINUTE } from '../../simulation/clock.ts'
import { NAME, NS, Stage, type Setting } from './stage.ts'

const down = (): KeyrotError => new KeyrotError({ code: 'KR_DOWN', kind: 'unavailable', message: 'down' })

function codes(report: StatusReport, at = 0): string[] {
  const credential = report.credentials[at]
  return [...(credential?.findings ?? []), ...(credential?.targets.flatMap((target) => target.findings) ?? [])].map((finding) => finding.code)
}

async function status(setting: Setting, change: (stage: Stage) => void = () => undefined): Promise<StatusReport> {
  const stage = new Stage(setting)
  change(stage)
  return gatherStatus(stage.workspace())
}

/** The workspace with some ports of its first credential replaced. */
function withBroken(ws: Workspace, broken: { readonly observe?: string; readonly list?: true; readonly load?: true }): Workspace {
  return {
    ...ws,
    credentials: ws.credentials.map((one) => ({
      ...one,
      provider: broken.list === true ? { ...one.provider, list: () => Promise.reject(down()) } : one.provider,
      targets: one.targets.map((bound) =>
        bound.name === broken.observe ? { ...bound, target: { ...bound.target, observe: () => Promise.reject(down()) } } : bound,
      ),
    })),
    records: broken.load === true ? { ...ws.records, load: () => Promise.reject(down()) } : ws.records,
  }
}

describe('gatherStatus', () => {
  it('shows a settled credential', async () => {
    const stage = new Stage({ start: 'routine', kinds: ['value', 'marker', 'nothing'] })
    stage.first!.lastUsedAt = stage.world.now
    const report = await gatherStatus(stage.workspace())
    expect(report).toMatchObject({ at: stage.world.now, complete: true, orphans: [] })
    expect(report.credentials).toMatchObject([
      {
        name: NAME,
        generation: 1,
        keyId: stage.first?.id,
        fingerprint: stage.first?.secret.fingerprint,
        createdAt: stage.first?.createdAt,
        expiresAt: stage.first?.expiresAt,
        lastUsedAt: stage.world.now,
        ageDays: 30,
        phase: 'settled',
        openRun: null,
        dueAt: (stage.first?.createdAt ?? 0) + 90 * DAY,
        findings: [],
        targets: [
          { name: 't0', current: 'a', fallback: 'absent', findings: [] },
          { name: 't1', current: 'a', fallback: 'absent', findings: [] },
          { name: 't2', current: 'unknown', fallback: 'absent', findings: [] },
        ],
      },
    ])
    expect(JSON.stringify(report)).not.toContain('sk-')
  })

  it('shows an open run, and counts the age from the old key until it is dead', async () => {
    const stage = new Stage({ start: 'routine', kinds: ['value', 'value'] })
    await stage.tick(rotate)
    stage.world.advance(HOUR)
    const report = await gatherStatus(stage.workspace())
    expect(report.credentials[0]).toMatchObject({
      generation: 2,
      phase: 'promoted',
      openRun: expect.any(String),
      ageDays: 0,
      dueAt: (stage.first?.createdAt ?? 0) + 90 * DAY,
    })
    expect(codes(report)).toEqual(['open-run'])
    stage.store.lose()
    expect(codes(await gatherStatus(stage.workspace()))).toEqual(['open-run', 'state-missing'])
  })

  it('finds what others left behind', async () => {
    const routine = { start: 'routine', kinds: ['value', 'value'] } as const
    expect(codes(await status({ ...routine, age: 80 * DAY }))).toContain('due-soon')
    expect(codes(await status({ ...routine, age: 95 * DAY }))).toContain('overdue')
    expect(codes(await status({ ...routine, age: 5 * DAY, life: 10 * DAY }))).toContain('ends-soon')
    expect(codes(await status({ ...routine, life: null }))).toContain('no-expiry')
    expect(codes(await status(routine))).toContain('never-used')
    expect(codes(await status(routine, (stage) => stage.store.corrupt()))).toContain('state-damaged')
    expect(codes(await status(routine, (stage) => stage.store.lose()))).toContain('state-missing')
    expect(codes(await status({ ...routine, shared: true }))).toContain('shared-key')
    expect(codes(await status({ ...routine, shared: true }), 1)).toContain('shared-key')
    const foreign = (stage: Stage): void =>
      stage.world.outsideEdit(stage.world.targets[1]!, 'current', stage.world.newKey({ name: 'a stranger', life: null, origin: 'stranger', age: DAY }))
    const report = await status(routine, foreign)
    expect(codes(report)).toContain('drift')
    expect(report.credentials[0]?.targets.map((target) => target.current)).toEqual(['a', 'foreign'])
    const left = await status(routine, (stage) => {
      stage.world.targets[0]!.fallback = { key: stage.first!, marker: null }
    })
    expect(left.credentials[0]?.targets[0]?.findings.map((finding) => finding.code)).toEqual(['fallback-left'])
  })

  it('lists keys of ours that nobody holds, and never one that an unseen slot may hold', async () => {
    const stray = (life: number, age: number) => (stage: Stage) => void stage.world.newKey({ name: `keyrot.${NS}.${NAME}.g1.a2`, life, origin: 'keyrot', age })
    expect((await status({ start: 'routine', kinds: ['value'] }, stray(HOUR, 40 * MINUTE))).orphans).toMatchObject([
      { kind: 'sweepable', name: `keyrot.${NS}.${NAME}.g1.a2` },
    ])
    const committed = await status({ start: 'routine', kinds: ['value'] }, stray(90 * DAY, DAY))
    expect(committed.orphans).toMatchObject([{ kind: 'committed' }])
    expect(committed.credentials[0]?.findings).toContainEqual(expect.objectContaining({ code: 'orphan', severity: 'warning' }))
    expect((await status({ start: 'routine', kinds: ['value'] }, stray(HOUR, 2 * HOUR))).orphans).toEqual([])
    const blind = await status({ start: 'routine', kinds: ['nothing'] }, (stage) => stage.store.lose())
    expect(blind.orphans).toEqual([])
    expect(codes(blind)).toContain('cannot-tell')
    const others = await status({ start: 'routine', kinds: ['value'] }, (stage) => {
      stage.world.newKey({ name: `keyrot.otherone.${NAME}.g1.a2`, life: 90 * DAY, origin: 'stranger', age: DAY })
      stage.world.newKey({ name: `keyrot.${NS}.gone.g1.a1`, life: 90 * DAY, origin: 'keyrot', age: DAY })
    })
    expect(others.orphans.map((orphan) => orphan.name)).toEqual([`keyrot.${NS}.gone.g1.a1`])
  })

  it('goes on without what cannot be read, and says that the answer is partial', async () => {
    const stage = new Stage({ start: 'routine', kinds: ['value', 'value'], shared: true })
    const before = stage.snapshot()
    for (const broken of [{ observe: 't1' }, { list: true }, { load: true }, { observe: 'elsewhere' }] as const) {
      const report = await gatherStatus(withBroken(stage.workspace(), broken))
      expect(report.complete).toBe(false)
      expect(report.credentials).toHaveLength(2)
      const found = report.credentials.flatMap((_, at) => codes(report, at))
      expect(found, JSON.stringify(broken)).toContain('cannot-tell')
      expect(report.orphans).toEqual([])
    }
    expect(stage.snapshot()).toBe(before)
  })

  it('asks each provider once, however many credentials share it', async () => {
    const ws = new Stage({ start: 'routine', kinds: ['value'], shared: true }).workspace()
    const asked: string[] = []
    const first = ws.credentials[0]!.provider
    const provider = { ...first, list: () => (asked.push('list'), first.list!()) }
    await gatherStatus({ ...ws, credentials: ws.credentials.map((one) => ({ ...one, provider })) })
    expect(asked).toEqual(['list'])
  })

  it('ends when it is told to', async () => {
    const ws = new Stage({ start: 'routine', kinds: ['value'] }).workspace()
    const stop = new KeyrotError({ code: 'KR_INTERRUPTED', kind: 'interrupted', message: 'stopped' })
    await expect(gatherStatus({ ...ws, records: { ...ws.records, load: () => Promise.reject(stop) } })).rejects.toBe(stop)
  })
})
