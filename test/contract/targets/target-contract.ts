/**
 * What every target must do, whatever its store: adapters run this against a real file or server, the simulator's fakes
 * run it too. What a target cannot do by its traits is not asked of it; nothing is skipped silently beyond that.
 */
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeyrotError } from '../../../src/domain/errors.ts'
import { Secret } from '../../../src/domain/secret.ts'
import type { Held, Observation, SlotContent, Target } from '../../../src/ports/target.ts'
import { fakeKey } from './fake-key.ts'

export { fakeKey }

export interface Harness {
  /** Connected to a store in which both slots are absent and something of someone else's is present. */
  readonly target: Target
  /** `false`: the store begins without anything, has no fallback slot until it holds something, and cannot be emptied again. */
  readonly canEmpty?: false
  /** What the store holds that is not the target's, in a form that `toEqual` compares. */
  others(): Promise<unknown>
  /** Someone else changes what is theirs. Moves the revision where the store has one. */
  editOthers(): Promise<void>
  /** Someone else puts this value into the current slot. */
  setCurrent(value: string): Promise<void>
  cleanup(): Promise<void>
}

const A = fakeKey('a')
const B = fakeKey('b')
const OUTSIDER = fakeKey('z')

/** Registers the suite. `make` is called for every test. */
export function describeTarget(name: string, make: () => Promise<Harness>): void {
  describe(`target contract: ${name}`, () => {
    let harness: Harness
    let target: Target
    let output: Output
    beforeEach(async () => {
      harness = await make()
      target = harness.target
      output = captureOutput()
    })
    afterEach(async () => {
      output.stop()
      await harness.cleanup()
    })
    const fallbackIs = (content: SlotContent | null): unknown => (target.traits.fallback ? shown(target, content) : null)

    it('names its type and the record it shares', () => {
      expect(target.type).toMatch(/^[a-z][a-z-]*$/)
      expect(target.traits.record.length).toBeGreaterThan(0)
      expect(target.traits.consumers === 'reload').toBe(target.reload !== undefined)
    })

    it('observes absence', async () => {
      const slot = target.traits.fallback && harness.canEmpty !== false
      expect(slots(await target.observe())).toEqual({ current: { is: 'absent' }, fallback: slot ? { is: 'absent' } : null })
    })

    it('reads back what it wrote, as far as its traits promise, and says since when', async () => {
      await writeNow(target, { current: A })
      const seen = await target.observe()
      expect(slots(seen)).toEqual({ current: shown(target, A), fallback: fallbackIs(null) })
      expect(seen.since === null || Number.isSafeInteger(seen.since)).toBe(true)
    })

    it('stages, promotes and settles, touching only the slots that are named', async () => {
      await writeNow(target, { current: A })
      if (target.traits.fallback) {
        await writeNow(target, { fallback: B })
        expect(slots(await target.observe())).toEqual({ current: shown(target, A), fallback: shown(target, B) })
      }
      await writeNow(target, target.traits.fallback ? { current: B, fallback: A } : { current: B })
      expect(slots(await target.observe())).toEqual({ current: shown(target, B), fallback: fallbackIs(A) })
      await writeNow(target, { fallback: null })
      expect(slots(await target.observe())).toEqual({ current: shown(target, B), fallback: fallbackIs(null) })
    })

    it('takes its mark off, where it leaves one, and changes nothing else', async () => {
      if (target.unmark === undefined) return
      await writeNow(target, { current: A })
      const [others, { marked, revision }] = [await harness.others(), await target.observe()]
      // unsaid: a mark that stays until the credential is forgotten
      expect(marked ?? true).toBe(true)
      await expect(target.unmark('no such revision')).rejects.toMatchObject({ kind: 'conflict' })
      await target.unmark(revision)
      const after = await target.observe()
      expect(after.marked ?? false).toBe(false)
      expect(slots(after).current).toEqual(target.traits.reads === 'value' ? shown(target, A) : { is: 'unknown' })
      expect(await harness.others()).toEqual(others)
      await target.unmark(after.revision)
      expect((await target.observe()).revision).toBe(after.revision)
    })

    it('says beside the value which key it took the place of, where no fallback slot shows that one, until the mark goes', async () => {
      const predecessor = 'keyrot.abcd1234.demo.g0.id.key_1'
      await writeNow(target, { current: A })
      await writeNow(target, { current: { ...B, predecessor } })
      const { lineage, marked, revision } = await target.observe()
      if (target.traits.fallback || target.unmark === undefined) return expect(lineage).toBeUndefined()
      expect([lineage, marked]).toEqual([{ marker: B.marker, predecessor }, true])
      await target.unmark(revision)
      expect((await target.observe()).lineage).toBeUndefined()
    })

    it('takes back what it added to an empty current slot', async () => {
      const before = await harness.others()
      await writeNow(target, { current: A })
      if (harness.canEmpty === false) {
        await expect(writeNow(target, { current: null })).rejects.toMatchObject({ kind: 'refused' })
        expect(slots(await target.observe()).current).toEqual(shown(target, A))
        return
      }
      await writeNow(target, { current: null })
      expect((await target.observe()).current).toEqual({ is: 'absent' })
      expect(await harness.others()).toEqual(before)
    })

    it('repeats a write without effect', async () => {
      await writeNow(target, { current: A })
      const assignment = target.traits.fallback ? { current: B, fallback: A } : { current: B }
      await writeNow(target, assignment)
      const once = slots(await target.observe())
      await writeNow(target, assignment)
      expect(slots(await target.observe())).toEqual(once)
    })

    it("preserves others' content through every phase, and their later edits", async () => {
      const before = await harness.others()
      await writeNow(target, { current: A })
      if (target.traits.fallback) await writeNow(target, { fallback: B })
      expect(await harness.others()).toEqual(before)
      await harness.editOthers()
      const edited = await harness.others()
      await writeNow(target, { current: B })
      await writeNow(target, { fallback: null })
      expect(await harness.others()).toEqual(edited)
      expect(edited).not.toEqual(before)
    })

    it('refuses a stale revision as a conflict and changes nothing', async () => {
      await writeNow(target, { current: A })
      const { revision } = await target.observe()
      if (revision === null) return
      await harness.editOthers()
      const [others, before] = [await harness.others(), await target.observe()]
      expect(before.revision).not.toBe(revision)
      await expect(target.write({ current: B }, revision)).rejects.toMatchObject({ kind: 'conflict' })
      const after = await target.observe()
      expect({ ...slots(after), revision: after.revision }).toEqual({ ...slots(before), revision: before.revision })
      expect(await harness.others()).toEqual(others)
    })

    it('lets only one of two writers win who saw the same revision', async () => {
      const { revision } = await target.observe()
      if (revision === null) return
      await target.write({ current: A }, revision)
      await expect(target.write({ current: B }, revision)).rejects.toMatchObject({ kind: 'conflict' })
      expect(slots(await target.observe()).current).toEqual(shown(target, A))
    })

    it("shows a stranger's value as what it is, never as ours", async () => {
      await writeNow(target, { current: A })
      await harness.setCurrent(OUTSIDER.secret.reveal())
      const { current } = await target.observe()
      if (target.traits.reads === 'value') expect(seenOf(current)).toEqual({ is: 'value', digest: OUTSIDER.secret.digest })
      else expect(seenOf(current)).not.toEqual(shown(target, A))
    })

    it('prints nothing that holds a key: output, errors, its own object', async () => {
      await writeNow(target, { current: A, ...(target.traits.fallback ? { fallback: B } : {}) })
      const seen = await target.observe()
      const broken = { secret: new Secret(`${A.secret.reveal()}\nINJECTED=1`), marker: A.marker }
      const errors = [await failureOf(target.write({ current: B }, 'no such revision')), await failureOf(target.write({ current: broken }, seen.revision))]
      for (const error of errors) expect(error === null || error instanceof KeyrotError).toBe(true)
      const printed = [output.text(), inspect([target, seen, errors], { depth: 12, showHidden: true }), JSON.stringify([target, seen, errors])].join('\n')
      for (const key of [A, B]) expect(printed.includes(key.secret.reveal())).toBe(false)
    })
  })
}

async function writeNow(target: Target, assignment: Parameters<Target['write']>[0]): Promise<void> {
  await target.write(assignment, (await target.observe()).revision)
}

const failureOf = (act: Promise<void>): Promise<unknown> =>
  act.then(
    () => null,
    (error: unknown) => error,
  )

type Seen = { readonly is: string; readonly digest?: string; readonly marker?: string }

/** A slot as it compares: `Secret`s of equal value are equal only by digest. */
function seenOf(slot: Held): Seen {
  return slot.is === 'value' ? { is: 'value', digest: slot.secret.digest } : slot
}

function slots(seen: Observation): { readonly current: Seen; readonly fallback: Seen | null } {
  return { current: seenOf(seen.current), fallback: seen.fallback === null ? null : seenOf(seen.fallback) }
}

/** What observing a slot with this content must give, by the target's traits. */
function shown(target: Target, content: SlotContent | null): Seen {
  if (content === null) return { is: 'absent' }
  const { reads } = target.traits
  if (reads === 'value') return { is: 'value', digest: content.secret.digest }
  // What can be unmarked shows its mark until then, and promises no more than it shows afterwards.
  return reads === 'marker' || target.unmark !== undefined ? { is: 'marker', marker: content.marker } : { is: 'unknown' }
}

interface Output {
  text(): string
  stop(): void
}

/** Everything written to stdout and stderr meanwhile, by whatever way. */
function captureOutput(): Output {
  const parts: string[] = []
  const streams = [process.stdout, process.stderr]
  const originals = streams.map((stream) => stream.write.bind(stream))
  for (const stream of streams) {
    stream.write = (chunk: Uint8Array | string) => {
      parts.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
      return true
    }
  }
  const stop = (): void => {
    for (const [at, original] of originals.entries()) Object.assign(streams[at] ?? {}, { write: original })
  }
  return { text: () => parts.join(''), stop }
}
