/** Notices: once per level where there is a record, by their age where there is none; a sink that fails is said. */
import { describe, expect, it } from 'vitest'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { Notice, NoticeFacts } from '../../../src/domain/notice.ts'
import { announce } from '../../../src/engine/notify.ts'
import type { Sink } from '../../../src/ports/sink.ts'
import type { Workspace } from '../../../src/ports/workspace.ts'
import { DAY, HOUR } from '../../simulation/clock.ts'
import { NAME, Stage } from './stage.ts'

class Listener implements Sink {
  readonly name: string
  readonly type = 'test'
  readonly got: Notice[] = []
  down = false

  constructor(name = 'team') {
    this.name = name
  }

  wants(notice: Notice): boolean {
    return notice.kind !== 'done'
  }

  async send(notice: Notice): Promise<void> {
    if (this.down) throw new KeyrotError({ code: 'KR_HTTP_UNREACHABLE', kind: 'unavailable', message: 'hooks.example could not be reached' })
    this.got.push(notice)
  }
}

class Scene {
  readonly stage: Stage
  readonly sink = new Listener()
  readonly other = new Listener('pager')
  readonly begun: number

  constructor(start: 'routine' | 'adopt') {
    this.stage = new Stage({ start, kinds: ['value'] })
    this.begun = this.stage.world.now
  }

  facts(more: Partial<NoticeFacts> = {}): NoticeFacts {
    return { kind: 'needs-person', credential: NAME, code: 'KR_APPROVAL_WANTED', generation: 2, since: this.begun, ...more }
  }

  tell(facts: readonly NoticeFacts[] = [this.facts()], remembered?: ReadonlySet<string>): ReturnType<typeof announce> {
    const ws: Workspace = { ...this.stage.workspace(), sinks: [this.sink, this.other] }
    return announce(ws, facts, remembered)
  }

  /** One call an hour. */
  async hours(count: number, remembered?: ReadonlySet<string>): Promise<number> {
    for (let hour = 0; hour < count; hour++) {
      await this.tell(undefined, remembered)
      this.stage.world.advance(HOUR)
    }
    return this.sink.got.length
  }
}

describe('what is told', () => {
  it('with a record: once at each level, however often it is called', async () => {
    const scene = new Scene('routine')
    expect(await scene.hours(24)).toBe(1)
    expect(await scene.hours(24 * 9)).toBe(3)
    expect(scene.sink.got.map(({ level }) => level)).toEqual([0, 1, 2])
  })

  it('with a record: again where nobody could be reached, and never lost', async () => {
    const scene = new Scene('routine')
    scene.sink.down = scene.other.down = true
    const { failures } = await scene.tell()
    expect(failures).toEqual(['team', 'pager'].map((sink) => `the notice to ${sink} was not sent: hooks.example could not be reached (KR_HTTP_UNREACHABLE)`))
    scene.stage.world.advance(5 * HOUR)
    scene.sink.down = scene.other.down = false
    expect(await scene.tell()).toEqual({ sent: 1, failures: [] })
    expect(await scene.tell()).toEqual({ sent: 0, failures: [] })
  })

  it('with a record: later to whom it did not reach, and not again to whom it did', async () => {
    const scene = new Scene('routine')
    scene.other.down = true
    expect(await scene.tell()).toMatchObject({ sent: 1, failures: [expect.stringContaining('pager')] })
    scene.other.down = false
    await scene.tell()
    await scene.tell()
    expect([scene.sink, scene.other].map(({ got }) => got.length)).toEqual([1, 1])
  })

  it('without one: by the tick that comes soon after a level began, at most twice', async () => {
    const scene = new Scene('adopt')
    const told = await scene.hours(24 * 9)
    expect(told).toBeGreaterThanOrEqual(3)
    expect(told).toBeLessThanOrEqual(6)
    expect([...new Set(scene.sink.got.map(({ level }) => level))]).toEqual([0, 1, 2])
  })

  it('without one: a record that this call made is no memory', async () => {
    const scene = new Scene('routine')
    scene.stage.world.advance(3 * DAY)
    expect(await scene.tell([scene.facts()], new Set())).toEqual({ sent: 0, failures: [] })
    expect(await scene.tell([scene.facts()], new Set([NAME]))).toEqual({ sent: 1, failures: [] })
  })

  it('keeps the record of a run as it was', async () => {
    const scene = new Scene('routine')
    const { told: _, ...before } = scene.stage.store.records.get(NAME)!.record
    await scene.tell()
    const { told, ...after } = scene.stage.store.records.get(NAME)!.record
    expect(after).toEqual(before)
    const { id } = scene.sink.got[0]!
    expect(Object.keys(told ?? {})).toEqual([`${id}@team`, `${id}@pager`])
  })

  it('goes on while the credential is locked, and leaves the record alone', async () => {
    const scene = new Scene('routine')
    const held = await scene.stage.workspace().locks.acquire([`credential:${NAME}`])
    expect(await scene.tell()).toEqual({ sent: 1, failures: [] })
    expect(scene.stage.store.records.get(NAME)!.record.told).toBeUndefined()
    await held.release()
  })

  it('is nothing where nobody wants it, or no fact is one', async () => {
    const scene = new Scene('routine')
    const secret = ['sk', 'proj', 'x'.repeat(30)].join('-')
    await scene.tell([scene.facts({ kind: 'done', code: 'KR_DONE' }), scene.facts({ code: secret })])
    expect(scene.sink.got).toEqual([])
    expect(scene.stage.store.text()).not.toContain(secret)
  })
})
