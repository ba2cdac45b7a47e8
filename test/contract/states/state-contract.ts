/** What every place for state must do, whatever it is made of: files, a cluster, an object store. Several openings stand for several processes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { State } from '../../../src/state/state.ts'
import { KeyrotError } from '../../../src/domain/errors.ts'
import { seal } from '../../../src/state/codec.ts'
import type { HostFacts } from '../../../src/state/host.ts'
import { sampleEvent, sampleRecord } from '../../unit/state/sample.ts'
import { fakeKey } from '../targets/fake-key.ts'

export interface StateHarness {
  /** The state as one more process sees it. */
  open(host: HostFacts): Promise<State>
  /** The text of a credential's record where it lies. */
  recordText(credential: string): Promise<string>
  /** Somebody edits it there, or (`null`) deletes all that is kept of the credential. */
  setRecordText(credential: string, text: string | null): Promise<void>
  /** Everything that is kept, as one text. */
  everything(): Promise<string>
  /** Every holder that is not heard of meanwhile was last heard of longer ago than a lease. */
  silence(): Promise<void>
  /** Calls back at every heartbeat of all openings. */
  beatAll(): Promise<void>
  cleanup(): Promise<void>
}

const LOCKED: unknown = expect.objectContaining({ code: 'KR_LOCKED', kind: 'locked' })
const LOCK = ['credential:api', 'record:somewhere/else']

/** Refused because another run came in between: by the fence, or by the revision. */
async function refused(act: Promise<unknown>): Promise<string> {
  const error = await act.then(
    () => 'was not refused',
    (thrown: unknown) => thrown,
  )
  return error instanceof KeyrotError ? error.kind : String(error)
}

export function describeState(name: string, make: () => Promise<StateHarness>): void {
  describe(`state contract: ${name}`, { timeout: 60_000 }, () => {
    let harness: StateHarness
    const alive = new Set<number>()
    let machines = 0
    beforeEach(async () => {
      harness = await make()
    })
    afterEach(() => harness.cleanup())

    /** A process on this machine, or on one of its own. */
    const process = (pid: number, where: 'here' | 'elsewhere' = 'elsewhere'): HostFacts => {
      alive.add(pid)
      return {
        host: where,
        pid,
        boot: where === 'here' ? 'boot-here' : `boot-${(machines += 1)}`,
        space: 'pid:[1]',
        started: `s${pid}`,
        stateOf: (asked) => ({ alive: alive.has(asked), started: alive.has(asked) ? `s${asked}` : null }),
      }
    }
    const two = () => Promise.all([harness.open(process(1)), harness.open(process(2))])

    describe('a record', () => {
      it('is absent until it is saved, and comes back as it was', async () => {
        const [{ records }, other] = await two()
        expect(await records.load('api')).toEqual({ record: null, condition: 'absent', revision: null })
        const revision = await records.save(sampleRecord(), null)
        expect(await records.load('api')).toEqual({ record: sampleRecord(), condition: 'ok', revision })
        expect(await other.records.load('api')).toEqual({ record: sampleRecord(), condition: 'ok', revision })
        expect((await records.load('other')).condition).toBe('absent')
      })

      it('is replaced by whoever read it last, and conflicts with everybody else', async () => {
        const [one, other] = await two()
        const first = await one.records.save(sampleRecord(), null)
        expect(await refused(other.records.save(sampleRecord(), null))).toBe('conflict')
        const second = await other.records.save(sampleRecord('api', 2), first)
        expect(await refused(one.records.save(sampleRecord('api', 3), first))).toBe('conflict')
        expect(await refused(other.records.save(sampleRecord('api', 3), first))).toBe('conflict')
        const third = await one.records.load('api').then(({ revision }) => one.records.save(sampleRecord(), revision))
        expect(new Set([first, second, third]).size).toBe(3)
        expect((await other.records.load('api')).revision).toBe(third)
      })

      it('lets exactly one of several writers at once through', async () => {
        const writers = await Promise.all(Array.from({ length: 5 }, (_, at) => harness.open(process(10 + at))))
        const revision = await writers[0]!.records.save(sampleRecord(), null)
        await Promise.all(writers.map(({ records }) => records.load('api')))
        const ends = await Promise.all(writers.map(({ records }, at) => records.save(sampleRecord('api', 2 + at), revision).catch(() => null)))
        const won = ends.flatMap((end, at) => (end === null ? [] : [2 + at]))
        expect(won).toHaveLength(1)
        expect((await writers[1]!.records.load('api')).record?.generation).toBe(won[0])
      })

      it('conflicts when it was deleted meanwhile, and starts anew from nothing', async () => {
        const [{ records }] = await two()
        const revision = await records.save(sampleRecord(), null)
        await harness.setRecordText('api', null)
        expect(await refused(records.save(sampleRecord(), revision))).toBe('conflict')
        expect((await records.load('api')).condition).toBe('absent')
        await records.save(sampleRecord(), null)
      })

      it('is damaged when it was edited: not believed, kept aside, replaced', async () => {
        const [{ records }] = await two()
        const revision = await records.save(sampleRecord(), null)
        const harmed = (await harness.recordText('api')).replace('"generation":1', '"generation":7')
        await harness.setRecordText('api', harmed)
        expect(await records.load('api')).toEqual({ record: null, condition: 'damaged', revision: null })
        expect(await refused(records.save(sampleRecord(), revision))).toBe('conflict')
        await records.save(sampleRecord('api', 2), null)
        expect((await records.load('api')).record?.generation).toBe(2)
        expect(await harness.everything()).toContain(harmed.trimEnd())
      })

      it('of a newer format is neither read nor written over', async () => {
        const [{ records }] = await two()
        await records.save(sampleRecord(), null)
        const newer = seal('keyrot record api', 2, '{"who":"knows"}').line
        await harness.setRecordText('api', newer)
        await expect(records.load('api')).rejects.toMatchObject({ code: 'KR_STATE_NEWER' })
        await expect(records.save(sampleRecord(), null)).rejects.toMatchObject({ code: 'KR_STATE_NEWER' })
        expect(await harness.recordText('api')).toBe(newer)
      })

      it('never holds a key, nor does a journal', async () => {
        const [{ records }] = await two()
        const key = fakeKey('s').secret.reveal()
        await expect(records.save({ ...sampleRecord(), current: { id: null, name: key, fingerprint: null } }, null)).rejects.toMatchObject({ code: 'KR_BUG' })
        await expect(records.append(sampleEvent(1, { data: { text: key } }))).rejects.toMatchObject({ code: 'KR_BUG' })
        await records.append(sampleEvent(1))
        expect(await harness.everything()).not.toContain(key)
      })
    })

    describe('a journal', () => {
      it('keeps what was promised, in order, and lists its run', async () => {
        const [{ records }, other] = await two()
        await Promise.all(Array.from({ length: 20 }, (_, at) => records.append(sampleEvent(at))))
        await records.append(sampleEvent(20, { type: 'run.done' }))
        const { events, damaged, torn } = await other.records.journal('api', 'r1')
        expect({ damaged, torn, at: events.map(({ at }) => at) }).toEqual({ damaged: 0, torn: false, at: Array.from({ length: 21 }, (_, at) => at) })
        expect(events[0]).toEqual(sampleEvent(0))
        await records.append(sampleEvent(30, { run: 'r2', type: 'run.started' }))
        const listed = (await other.records.runs('api')).map(({ run, startedAt, lastAt, events: count, outcome }) => ({
          run,
          startedAt,
          lastAt,
          count,
          outcome,
        }))
        expect(listed).toEqual([
          { run: 'r2', startedAt: 30, lastAt: 30, count: 1, outcome: 'started' },
          { run: 'r1', startedAt: 0, lastAt: 20, count: 21, outcome: 'done' },
        ])
      })

      it('and the record do not get in each other’s way', async () => {
        const [{ records }] = await two()
        let revision = await records.save(sampleRecord(), null)
        for (let at = 1; at <= 5; at++) {
          const [, next] = await Promise.all([
            records.append(sampleEvent(at)),
            records.save(sampleRecord('api', at), revision),
            records.append(sampleEvent(10 + at)),
          ])
          revision = next
        }
        expect((await records.load('api')).revision).toBe(revision)
        expect((await records.journal('api', 'r1')).events).toHaveLength(10)
      })

      it('takes no path from a name', async () => {
        const [{ records }] = await two()
        await expect(records.append(sampleEvent(1, { run: '../x' }))).rejects.toMatchObject({ code: 'KR_BUG' })
        await expect(records.journal('api', '.hidden')).rejects.toMatchObject({ code: 'KR_BUG' })
      })
    })

    describe('a lock', () => {
      it('is held by one, and free when it was given back', async () => {
        const [one, other] = await two()
        const held = await one.locks.acquire(LOCK)
        expect(await held.stillHeld()).toBe(true)
        const beats = setInterval(() => void harness.beatAll(), 5)
        await expect(other.locks.acquire(['credential:api'])).rejects.toEqual(LOCKED)
        await expect(other.locks.acquire(['credential:free', 'record:somewhere/else'])).rejects.toEqual(LOCKED)
        await expect(one.locks.acquire(LOCK)).rejects.toEqual(LOCKED)
        clearInterval(beats)
        await (await other.locks.acquire(['credential:free'])).release()
        await held.release()
        await held.release()
        expect(await held.stillHeld()).toBe(false)
        await (await other.locks.acquire([...LOCK, ...LOCK])).release()
      })

      it('lets its holder write, and others too who only have the revision', async () => {
        const [one, other] = await two()
        const held = await one.locks.acquire(LOCK)
        const { revision } = await one.records.load('api')
        const next = await one.records.save(sampleRecord(), revision)
        await one.records.append(sampleEvent(1))
        await other.records.load('api')
        await other.records.save(sampleRecord('api', 2), next)
        expect(await held.stillHeld()).toBe(true)
        await held.release()
      })

      it('whose holder lives is not taken over, however often it is asked for', async () => {
        const [one, other] = await two()
        const held = await one.locks.acquire(LOCK)
        const beats = setInterval(() => void harness.beatAll(), 5)
        for (let tries = 0; tries < 3; tries++) await expect(other.locks.acquire(LOCK)).rejects.toEqual(LOCKED)
        clearInterval(beats)
        expect(await held.stillHeld()).toBe(true)
      })

      it('whose holder is asked to stop is told so once, and keeps it until it stops; whoever comes after is not asked', async () => {
        const [one, other] = await two()
        let told = 0
        const held = await one.locks.acquire(LOCK, () => void (told += 1))
        await harness.beatAll()
        expect(told).toBe(0)
        expect(await other.locks.ask?.(['credential:never-held'])).toBe(0)
        expect(await other.locks.ask?.([...LOCK, 'credential:never-held'])).toBeGreaterThan(0)
        await other.locks.ask?.(LOCK)
        await expect.poll(() => harness.beatAll().then(() => told), { timeout: 20_000 }).toBe(1)
        await harness.beatAll()
        expect(await held.stillHeld()).toBe(true)
        await held.release()
        expect(told).toBe(1)
        const next = await other.locks.acquire(LOCK, () => void (told += 1))
        await harness.beatAll()
        expect(told).toBe(1)
        expect(await next.stillHeld()).toBe(true)
        await next.release()
      })

      it('whose holder is silent for a lease goes to the next; the late holder writes nothing more', async () => {
        const [zombie, next] = await two()
        const late = await zombie.locks.acquire(LOCK)
        const revision = await zombie.records.save(sampleRecord(), (await zombie.records.load('api')).revision)
        await zombie.records.append(sampleEvent(1, { type: 'step.intended' }))
        await harness.silence()
        const held = await next.locks.acquire(LOCK)
        // before the successor has written a word of its own
        expect(['locked', 'conflict']).toContain(await refused(zombie.records.append(sampleEvent(2, { type: 'step.intended' }))))
        expect(['locked', 'conflict']).toContain(await refused(zombie.records.save(sampleRecord('api', 9), revision)))
        // and not even after a fresh look
        const fresh = await zombie.records.load('api')
        expect(['locked', 'conflict']).toContain(await refused(zombie.records.save(sampleRecord('api', 9), fresh.revision)))
        expect(await late.stillHeld()).toBe(false)
        await late.release()
        expect(await held.stillHeld()).toBe(true)
        const seen = await next.records.load('api')
        expect(seen.record).toEqual(sampleRecord())
        await next.records.save(sampleRecord('api', 2), seen.revision)
        await next.records.append(sampleEvent(3))
        expect((await next.records.journal('api', 'r1')).events.map(({ at }) => at)).toEqual([1, 3])
        await held.release()
      })

      it('goes to one of several who wait for it', async () => {
        const crowd = await Promise.all(Array.from({ length: 4 }, (_, at) => harness.open(process(20 + at))))
        const [dead, ...waiting] = crowd
        await dead!.locks.acquire(LOCK)
        await harness.silence()
        const ends = await Promise.all(waiting.map(({ locks }) => locks.acquire(LOCK).catch((error: unknown) => error)))
        const held = ends.filter((end) => !(end instanceof KeyrotError))
        expect(held).toHaveLength(1)
        expect(ends.filter((end) => end instanceof KeyrotError)).toEqual([LOCKED, LOCKED])
      })

      it('of a process of this machine that is gone goes to the next at once', async () => {
        const [one, next] = await Promise.all([harness.open(process(31, 'here')), harness.open(process(32, 'here'))])
        await one.locks.acquire(LOCK)
        alive.delete(31)
        const held = await next.locks.acquire(LOCK)
        expect(await held.stillHeld()).toBe(true)
      })

      it('is not needed for what does not concern its credential', async () => {
        const [one, other] = await two()
        const held = await one.locks.acquire(LOCK)
        await other.records.save(sampleRecord('another'), null)
        await held.release()
      })
    })
  })
}
