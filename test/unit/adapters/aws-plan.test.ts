/** Every order of calls, stopped after every call, on every state a secret can be in: as a model of labels and versions. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../../src/domain/secret.ts'
import type { Assignment, SlotContent } from '../../../src/ports/target.ts'
import { CURRENT, ownLabels, slotsIn, versionIdFor, type Look, type Version } from '../../../src/adapters/targets/aws-secrets-manager-look.ts'
import { planWrite, type Ref, type Step } from '../../../src/adapters/targets/aws-secrets-manager-plan.ts'
import { jsonField } from '../../../src/adapters/targets/aws-secrets-manager-spot.ts'

const OWN = ownLabels('abcd1234', 'prod')
const SPOT = jsonField('app', 'KEY')
const THEIRS = ['AWSPENDING', 'AWSPREVIOUS', 'keyrot.abcd1234.other.next', 'keyrot.zzzz9999.prod.prev']

/** Texts by version id, and the version of each label. AWSPREVIOUS is left out of label moves: nothing here reads it. */
interface State {
  readonly texts: ReadonlyMap<string, string>
  readonly labels: ReadonlyMap<string, string>
}

function lookOf(state: State): Look {
  const at = (label: string): Version | null => {
    const id = state.labels.get(label)
    return id === undefined ? null : { id, text: new Secret(state.texts.get(id) ?? '') }
  }
  return { arn: 'arn', current: at(CURRENT), next: at(OWN.next), prev: at(OWN.prev), since: 0, revision: '' }
}

const planFor = (state: State, wanted: Assignment): readonly Step[] => planWrite(lookOf(state), wanted, SPOT, OWN, 'app')

/** The ids that steps make depend on the marker and the base alone, as in life. */
function after(state: State, steps: readonly Step[]): State {
  const base = state.labels.get(CURRENT) ?? ''
  const texts = new Map(state.texts)
  const labels = new Map(state.labels)
  const made = new Map<string, string>()
  const id = (ref: Ref): string => ('id' in ref ? ref.id : (made.get(ref.made) ?? ''))
  for (const step of steps) {
    if (step.do === 'make') {
      const fresh = `${step.marker} on ${base}`
      const first = texts.size === 0
      made.set(step.as, fresh)
      texts.set(fresh, step.text.reveal())
      labels.set(step.label, fresh)
      if (first) labels.set(CURRENT, fresh)
    } else if (step.do === 'drop') {
      expect(labels.get(step.label)).toBe(id(step.from))
      labels.delete(step.label)
    } else {
      const holder = labels.get(step.label)
      if (holder !== id(step.to)) expect(holder).toBe(step.from === null ? undefined : id(step.from))
      expect(texts.has(id(step.to))).toBe(true)
      labels.set(step.label, id(step.to))
    }
  }
  return { texts, labels }
}

const held = (version: Version | null): string | null => (version === null ? null : SPOT.read(version.text.reveal()))

const fallbackOf = (seen: Look): string | null => held(slotsIn(seen, held)[0] ?? null)

/** What `observe` would show, with everything else that must not differ between two ways to the same end. */
function shown(state: State): unknown {
  const seen = lookOf(state)
  const texts = [...state.texts.values()].toSorted()
  return { current: seen.current?.text.reveal() ?? null, fallback: fallbackOf(seen), texts, own: own(state).length }
}

const own = (state: State): readonly string[] => [OWN.next, OWN.prev].flatMap((label) => state.labels.get(label) ?? [])
const content = (value: string): SlotContent => ({ secret: new Secret(value), marker: `marker of ${value}` })

const KEYS = ['A', 'B', 'C']
const key = fc.constantFrom(...KEYS)
const slot = fc.oneof({ weight: 3, arbitrary: key.map(content) }, fc.constant(null), fc.constant(undefined))
const wish = fc.record({ current: slot, fallback: slot }).map(({ current, fallback }): Assignment => ({
  ...(current === undefined ? {} : { current }),
  ...(fallback === undefined ? {} : { fallback }),
}))
const document = fc.tuple(fc.constantFrom('{"n":1', '{"n":2'), fc.option(key)).map(([head, value]) => `${head}${value === null ? '' : `,"KEY":"${value}"`}}`)
const state = fc.array(document, { minLength: 1, maxLength: 4 }).chain((documents) => {
  const ids = documents.map((_, at) => `v${at}`)
  const somewhere = fc.option(fc.constantFrom(...ids))
  return fc
    .record({
      current: fc.constantFrom(...ids),
      next: somewhere,
      prev: somewhere,
      theirs: fc.array(somewhere, { minLength: THEIRS.length, maxLength: THEIRS.length }),
    })
    .map((where): State => {
      const labels = [[CURRENT, where.current], [OWN.next, where.next], [OWN.prev, where.prev], ...THEIRS.map((label, at) => [label, where.theirs[at]])]
      return {
        texts: new Map(documents.map((text, at) => [`v${at}`, text])),
        labels: new Map(labels.flatMap(([label, id]): [string, string][] => (label == null || id == null ? [] : [[label, id]]))),
      }
    })
})
const empty: State = { texts: new Map(), labels: new Map() }

describe('a plan', () => {
  it('brings both slots to what is wanted, on the present text, and leaves the labels of others alone', () => {
    fc.assert(
      fc.property(state, wish, (before, wanted) => {
        const end = after(before, planFor(before, wanted))
        const [was, is] = [lookOf(before), lookOf(end)]
        const current = wanted.current === undefined ? held(was.current) : (wanted.current?.secret.reveal() ?? null)
        expect(held(is.current)).toBe(current)
        if (current !== null) expect(is.current?.text.reveal()).toBe(SPOT.put(was.current?.text.reveal() ?? '', current))
        if (wanted.fallback !== undefined) {
          const fallback = wanted.fallback?.secret.reveal() ?? null
          expect(fallbackOf(is)).toBe(fallback === current ? null : fallback)
        }
        for (const label of THEIRS) expect(end.labels.get(label)).toBe(before.labels.get(label))
      }),
    )
  })

  it('stopped after any call and made again, comes to the same end without a version more', () => {
    fc.assert(
      fc.property(state, wish, (before, wanted) => {
        const steps = planFor(before, wanted)
        const end = after(before, steps)
        expect(planFor(end, wanted)).toEqual([])
        for (let done = 0; done < steps.length; done += 1) {
          const stopped = after(before, steps.slice(0, done))
          expect(shown(after(stopped, planFor(stopped, wanted)))).toEqual(shown(end))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('shows consumers the old text or the new one, and at no call loses a key that the wish needs', () => {
    fc.assert(
      fc.property(state, wish, (before, wanted) => {
        const steps = planFor(before, wanted)
        const ends = [before, after(before, steps)].map((each) => lookOf(each).current?.text.reveal())
        const needed = [wanted.current, wanted.fallback].flatMap((each) => each?.secret.reveal() ?? [])
        const reachable = (at: State): readonly (string | null)[] => [lookOf(at).current, lookOf(at).next, lookOf(at).prev].map(held)
        for (let done = 0; done <= steps.length; done += 1) {
          const stopped = after(before, steps.slice(0, done))
          expect(ends).toContain(lookOf(stopped).current?.text.reveal())
          for (const value of needed) if (reachable(before).includes(value)) expect(reachable(stopped)).toContain(value)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the fallback', () => {
  it('shows at no call a key that was hidden, while the key in use stays', () => {
    fc.assert(
      fc.property(state, slot, (before, fallback) => {
        const wanted = fallback === undefined ? {} : { fallback }
        const steps = planFor(before, wanted)
        const allowed = [null, fallbackOf(lookOf(before)), fallback?.secret.reveal() ?? null]
        for (let done = 0; done < steps.length; done += 1) expect(allowed).toContain(fallbackOf(lookOf(after(before, steps.slice(0, done)))))
      }),
      { numRuns: 2000 },
    )
  })

  it('never is the version in use, whatever labels were left on it', () => {
    fc.assert(
      fc.property(state, (before) => {
        expect(slotsIn(lookOf(before), held).map(({ id }) => id)).not.toContain(before.labels.get(CURRENT))
      }),
    )
  })
})

describe('a version id', () => {
  it('is of the marker, the secret, the field and the base, each apart from the others', () => {
    const ids = [
      versionIdFor('marker', 'arn', 'field', 'base', 0),
      versionIdFor('x', 'arn', 'field', 'base', 0),
      versionIdFor('marker', 'x', 'field', 'base', 0),
      versionIdFor('marker', 'arn', 'x', 'base', 0),
      versionIdFor('marker', 'arn', null, 'base', 0),
      versionIdFor('marker', 'arn', 'field', 'x', 0),
      versionIdFor('marker', 'arn', 'field', null, 0),
      versionIdFor('marker', 'arn', 'field', 'base', 1),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(versionIdFor('marker', 'arn', 'field', 'base', 0)).toBe(ids[0])
  })
})

describe('the calls of a rotation', () => {
  const names = (steps: readonly Step[]): readonly string[] =>
    steps.map((step) => `${step.do} ${step.label === CURRENT ? CURRENT : (step.label.split('.').at(-1) ?? '')}`)
  const play = (from: State, wanted: Assignment): { readonly calls: readonly string[]; readonly to: State } => {
    const steps = planFor(from, wanted)
    return { calls: names(steps), to: after(from, steps) }
  }
  const begin: State = { texts: new Map([['v0', '{"n":1,"KEY":"A"}']]), labels: new Map([[CURRENT, 'v0']]) }

  it('are few, and in a safe order', () => {
    const staged = play(begin, { fallback: content('B') })
    expect(staged.calls).toEqual(['make next'])
    const promoted = play(staged.to, { current: content('B'), fallback: content('A') })
    expect(promoted.calls).toEqual(['move prev', 'move AWSCURRENT', 'drop next'])
    const settled = play(promoted.to, { fallback: null })
    expect(settled.calls).toEqual(['drop prev'])
    expect([...settled.to.labels.keys()]).toEqual([CURRENT])
    const back = play(promoted.to, { current: content('A'), fallback: content('B') })
    expect(back.calls).toEqual(['move next', 'move AWSCURRENT', 'drop prev'])
    expect(back.to.labels.get(CURRENT)).toBe('v0')
    expect(back.to.texts.size).toBe(2)
  })

  it('make the first version of a secret current, with a second key beside it only if one is wanted', () => {
    expect(play(empty, { current: content('A') }).calls).toEqual(['make next', 'move AWSCURRENT', 'drop next'])
    expect(play(empty, {}).calls).toEqual([])
    expect(play(empty, { fallback: null }).calls).toEqual([])
    expect(() => planFor(empty, { fallback: content('B') })).toThrow(expect.objectContaining({ code: 'KR_AWS_NO_VERSION', kind: 'refused' }))
    const both = play(empty, { current: content('A'), fallback: content('B') })
    expect([held(lookOf(both.to).current), fallbackOf(lookOf(both.to))]).toEqual(['A', 'B'])
  })

  it('rebuild on the present text where somebody changed another field after the promotion', () => {
    const promoted = play(play(begin, { fallback: content('B') }).to, { current: content('B'), fallback: content('A') }).to
    const edited: State = {
      texts: new Map([...promoted.texts, ['v9', '{"n":2,"KEY":"B"}']]),
      labels: new Map([...promoted.labels, [CURRENT, 'v9']]),
    }
    const back = play(edited, { current: content('A'), fallback: content('B') })
    expect(lookOf(back.to).current?.text.reveal()).toBe('{"n":2,"KEY":"A"}')
    expect(fallbackOf(lookOf(back.to))).toBe('B')
  })

  it('refuse a text that AWS would not take', () => {
    const long = { secret: new Secret('x'.repeat(65_530)), marker: 'm' }
    expect(() => planFor(begin, { current: long })).toThrow(expect.objectContaining({ code: 'KR_AWS_TOO_BIG' }))
  })
})
