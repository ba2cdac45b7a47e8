/** What is worth a notice: each kind from a world of its own, made by ticks of the shipped engine; and what is worth none. */
import { describe, expect, it } from 'vitest'
import { noticeOf, type NoticeFacts } from '../../../src/domain/notice.ts'
import type { Policy } from '../../../src/domain/policy.ts'
import { rotateDue } from '../../../src/engine/due.ts'
import { noticesOfIncidents, noticesOfTick } from '../../../src/engine/notices.ts'
import { incident } from '../../../src/engine/runs.ts'
import type { RunOptions, Workspace } from '../../../src/ports/workspace.ts'
import { DAY, HOUR } from '../../simulation/clock.ts'
import { NAME, OPTIONS, Stage, type Setting } from './stage.ts'

const LEAK: RunOptions = {
  ...OPTIONS,
  incident: { value: null, keyId: null, everySlot: false, severFirst: false, deadman: HOUR, without: [], by: 'flag' },
}

class Scheduled extends Stage {
  policy: Partial<Policy> = {}
  options: RunOptions = OPTIONS

  constructor(setting: Partial<Setting> = {}) {
    super({ start: 'routine', kinds: ['value', 'value'], ...setting })
  }

  override workspace(...given: Parameters<Stage['workspace']>): Workspace {
    const ws = super.workspace(...given)
    return { ...ws, credentials: ws.credentials.map((one) => ({ ...one, policy: { ...one.policy, ...this.policy } })) }
  }

  /** One tick an hour: what was told of it, as `kind code level`, each once. */
  async hours(count: number): Promise<string[]> {
    const told = new Set<string>()
    for (let hour = 0; hour < count; hour++) {
      const facts = noticesOfTick(await rotateDue(this.workspace(), [NAME], this.options))
      this.checker.leave('test')
      for (const line of this.lines(facts)) told.add(line)
      this.world.advance(HOUR)
    }
    return [...told]
  }

  lines(facts: readonly NoticeFacts[]): string[] {
    const made = facts.flatMap((one) => noticeOf(one, this.world.now)?.notice ?? [])
    return made.map(({ kind, code, level }) => `${kind} ${code} ${level}`)
  }

  disagree(): void {
    const stranger = this.world.newKey({ name: 'a stranger', life: null, origin: 'stranger' })
    this.world.outsideEdit(this.world.targets[1]!, 'current', stranger)
  }
}

describe('worth a notice', () => {
  it('is a key that is due, and a rotation that has ended', async () => {
    const stage = new Scheduled({ age: 84 * DAY })
    expect(await stage.hours(24 * 6)).toEqual(['due KR_DUE 1', 'done KR_DONE 0'])
  })

  it('is a key that is due while its targets cannot be read, nearer and nearer', async () => {
    const stage = new Scheduled({ age: 84 * DAY })
    for (const { name } of stage.world.targets) stage.world.down.add(name)
    expect(await stage.hours(24 * 7)).toEqual(['due KR_DUE 1', 'due KR_DUE 2', 'due KR_DUE 3'])
  })

  it('is a rotation that cannot go on, from its third try on', async () => {
    const stage = new Scheduled({ age: 89 * DAY })
    stage.disagree()
    expect(await stage.hours(3)).not.toContainEqual(expect.stringContaining('parked'))
    expect(await stage.hours(24)).toContain('parked KR_TARGETS_DISAGREE 0')
  })

  it.each<[string, Partial<Policy>, string]>([
    ['an approval', { approval: 'required' }, 'needs-person KR_APPROVAL_WANTED 0'],
    ['the word to revoke', { revoke: 'prompt' }, 'needs-person KR_REVOKE_WANTED 0'],
  ])('is %s that is wanted', async (_, policy, line) => {
    const stage = new Scheduled({ age: 89 * DAY })
    stage.policy = policy
    expect(await stage.hours(36)).toContain(line)
  })

  it('is an old key that others still hold', async () => {
    const stage = new Scheduled({ age: 89 * DAY, shared: true })
    expect(await stage.hours(36)).toContain('revocation-outstanding KR_DONE_OLD_KEY_ALIVE 0')
  })

  it('is an old key that waits for a job that may delete', async () => {
    const stage = new Scheduled({ age: 89 * DAY })
    stage.options = { ...OPTIONS, until: 'drain' }
    expect(await stage.hours(36)).toEqual(['revocation-outstanding KR_UNTIL_DRAIN 0'])
  })

  it('is an incident: while it is under way, and once it is over', async () => {
    const stage = new Scheduled()
    stage.checker.incident = { leaked: new Set([stage.first!.id]), severed: false, accepted: new Set(), outOfSight: new Set(), alone: false }
    stage.world.down.add('t1')
    const stuck = await stage.tick(incident, LEAK)
    expect(stage.lines(noticesOfIncidents([stuck!], stage.world.now))).toEqual(['incident KR_INCIDENT_OPEN 0'])
    expect(await stage.hours(2)).toContain('incident KR_INCIDENT_OPEN 0')
    stage.world.down.clear()
    expect(await stage.hours(2)).toContain('incident KR_INCIDENT_OVER 0')
    expect(await stage.hours(2)).toEqual([])
  })
})

describe('worth none', () => {
  it('is a key of middle age, and a target that cannot be read for a while', async () => {
    const stage = new Scheduled()
    expect(await stage.hours(3)).toEqual([])
    stage.world.down.add('t0')
    expect(await stage.hours(3)).toEqual([])
  })
})
