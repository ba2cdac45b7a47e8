/** Approvals: item (g) of the warrant holds for one plan, one generation, these keys, and not for ever. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICY } from '../../../src/domain/policy.ts'
import type { ApprovalNote, RunNote } from '../../../src/domain/record.ts'
import type { RunReport } from '../../../src/domain/run.ts'
import { approve } from '../../../src/engine/approve.ts'
import { revoke, rollback, rotate } from '../../../src/engine/runs.ts'
import type { RunOptions, Workspace } from '../../../src/ports/workspace.ts'
import { DAY, HOUR } from '../../simulation/clock.ts'
import { NAME, OPTIONS, Stage, type Command } from './stage.ts'

/** The stage with a policy that asks for approvals. */
class Guarded extends Stage {
  override workspace(...given: Parameters<Stage['workspace']>): Workspace {
    const ws = super.workspace(...given)
    const strict = { approval: 'required' as const, approvalLife: DEFAULT_POLICY.approvalLife }
    return { ...ws, credentials: ws.credentials.map((one) => ({ ...one, policy: { ...one.policy, ...strict } })) }
  }

  async run(command: Command, options: RunOptions = OPTIONS): Promise<RunReport> {
    const report = await this.tick(command, options)
    if (report === null) throw new Error('nothing was to crash')
    return report
  }

  /** Rotates to the end of the overlap. */
  async soaked(options: RunOptions = OPTIONS): Promise<void> {
    expect((await this.run(rotate, options)).code).toBe('KR_WAITING_OVERLAP')
    this.world.advance(25 * HOUR)
  }

  approve(given = NAME, agrees = true): ReturnType<typeof approve> {
    return approve(this.workspace(), given, OPTIONS, async () => agrees)
  }

  /** Changes the approval on record behind keyrot's back. */
  alter(change: (note: ApprovalNote, run: RunNote) => ApprovalNote): void {
    const { record } = this.store.records.get(NAME)!
    const run = record.run!
    const revision = this.store.next()
    this.store.records.set(NAME, { record: { ...record, run: { ...run, approval: change(run.approval!, run) } }, revision })
  }
}

const stage = (): Guarded => new Guarded({ start: 'routine', kinds: ['value', 'dotenv'] })

describe('a policy that asks for an approval', () => {
  it('lets no key die without one, and says so while there is time', async () => {
    const theatre = stage()
    const first = await theatre.run(rotate)
    expect(first.findings.map(({ code }) => code)).toContain('approval-wanted')
    theatre.world.advance(25 * HOUR)
    const parked = await theatre.run(rotate)
    expect(parked).toMatchObject({ status: 'parked', code: 'KR_APPROVAL_WANTED', exit: 8, next: { command: `keyrot approve ${NAME}` } })
    expect(theatre.world.isDead(theatre.first!)).toBe(false)
    await theatre.approve()
    expect((await theatre.run(rotate)).code).toBe('KR_DONE')
    expect(theatre.world.isDead(theatre.first!)).toBe(true)
    expect(theatre.checker.violations).toEqual([])
  })

  it('is told beside what else is missing, with the command that gives it', async () => {
    const theatre = new Guarded({ start: 'routine', kinds: ['sensitive'], fallback: false })
    await theatre.soaked({ ...OPTIONS, noRollback: ['t0'] })
    theatre.world.advance(25 * HOUR)
    const open = await theatre.run(revoke, { ...OPTIONS, revokeConfirmed: true })
    expect(open.code).toBe('KR_WARRANT_INCOMPLETE')
    expect(open.hints).toContain(`approval: not given; give it: keyrot approve ${NAME}`)
  })

  it('takes one that was given during the overlap, by the id of the run', async () => {
    const theatre = stage()
    const { runId } = await theatre.run(rotate)
    const subject = await theatre.approve(runId!)
    expect(subject.dies.map(({ id }) => id)).toEqual([theatre.first!.id])
    theatre.world.advance(25 * HOUR)
    expect((await theatre.run(rotate)).code).toBe('KR_DONE')
  })

  it.each<[string, (note: ApprovalNote, run: RunNote) => ApprovalNote, string]>([
    ['for another plan', (note) => ({ ...note, planHash: '0123456789abcdef' }), 'given for another plan'],
    ['for another generation', (note) => ({ ...note, generation: note.generation - 1 }), 'given for another generation'],
    ['for another new key', (note) => ({ ...note, keys: ['key_other', ...note.keys.slice(1)] }), 'given for other keys'],
    ['for another old key', (note) => ({ ...note, keys: [note.keys[0]!, 'key_other'] }), 'given for other keys'],
    ['too long ago', (note) => ({ ...note, until: note.at + 1 }), 'given too long ago'],
  ])('takes none %s', async (_, change, why) => {
    const theatre = stage()
    await theatre.soaked()
    await theatre.approve()
    theatre.alter(change)
    const parked = await theatre.run(rotate)
    expect(parked).toMatchObject({ code: 'KR_APPROVAL_WANTED' })
    expect(parked.warrant.find(({ item }) => item === 'approval')).toMatchObject({ state: 'unmet', evidence: why })
    expect(theatre.world.isDead(theatre.first!)).toBe(false)
  })

  it('takes one for the keys that live, where a new key of the same run was killed by others', async () => {
    const theatre = stage()
    expect((await theatre.run(rotate)).code).toBe('KR_WAITING_OVERLAP')
    const lost = theatre.world.targets[0]!.current!.key
    Object.assign(lost, { killedByOthers: true, deletedAt: theatre.world.now })
    theatre.world.advance(HOUR)
    await theatre.soaked()
    await theatre.approve()
    expect(await theatre.run(rotate)).toMatchObject({ code: 'KR_DONE' })
    expect([lost, theatre.first!].map((key) => theatre.world.isDead(key))).toEqual([true, true])
    expect(theatre.checker.violations).toEqual([])
  })

  it('lets one lapse by itself', async () => {
    const theatre = stage()
    await theatre.soaked()
    await theatre.approve()
    theatre.world.advance(8 * DAY)
    expect((await theatre.run(rotate)).code).toBe('KR_APPROVAL_WANTED')
  })

  it('drops it when the run turns around', async () => {
    const theatre = stage()
    await theatre.soaked()
    await theatre.approve()
    await theatre.run(rollback)
    expect(theatre.store.records.get(NAME)!.record.run!.approval).toBeUndefined()
  })

  it('asks again where the record is lost', async () => {
    const theatre = stage()
    await theatre.soaked()
    await theatre.approve()
    theatre.store.lose()
    expect((await theatre.run(rotate)).code).toBe('KR_APPROVAL_WANTED')
    await theatre.approve()
    expect((await theatre.run(rotate)).code).toBe('KR_DONE')
    expect(theatre.checker.violations).toEqual([])
  })

  it('lets one job mint and another delete', async () => {
    const theatre = stage()
    const first = { ...OPTIONS, until: 'drain' as const }
    await theatre.soaked(first)
    await theatre.approve()
    const stopped = await theatre.run(rotate, first)
    expect(stopped).toMatchObject({ status: 'waiting', code: 'KR_UNTIL_DRAIN', exit: 10, next: { command: `keyrot revoke ${NAME} --yes --confirm ${NAME}` } })
    expect(theatre.world.isDead(theatre.first!)).toBe(false)
    expect((await theatre.run(revoke, { ...OPTIONS, revokeConfirmed: true })).code).toBe('KR_DONE')
    expect(theatre.checker.violations).toEqual([])
  })
})

describe('approve', () => {
  it.each<[string, (theatre: Guarded) => Promise<unknown>, string]>([
    ['a no', async (theatre) => theatre.run(rotate).then(() => theatre.approve(NAME, false)), 'KR_APPROVAL_NOT_GIVEN'],
    ['no open run', async (theatre) => theatre.approve(), 'KR_NOTHING_TO_APPROVE'],
    ['a name that is not there', async (theatre) => theatre.approve('nobody'), 'KR_UNKNOWN_CREDENTIAL'],
  ])('records nothing after %s', async (_, act, code) => {
    const theatre = stage()
    await expect(act(theatre)).rejects.toMatchObject({ code })
    expect(theatre.store.text()).not.toContain('approval')
  })
})
