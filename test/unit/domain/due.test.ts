import { describe, expect, it } from 'vitest'
import { decide, deadlineOf, type Standing } from '../../../src/domain/due.ts'
import { DAY, HOUR } from '../../../src/domain/duration.ts'
import { DEFAULT_LIMITS, DEFAULT_POLICY, type Limits, type Policy } from '../../../src/domain/policy.ts'
import { gaveUp, MOST_TRIES, stalledAgain } from '../../../src/domain/stall.ts'

const NOW = Date.parse('2026-06-03T12:00:00Z')
const NIGHTS = { days: [0, 1, 2, 3, 4, 5, 6], from: 1 * 60, to: 3 * 60, timeZone: 'UTC' }

function standing(name: string, more: Partial<Omit<Standing, 'policy'>> & { readonly policy?: Partial<Policy> } = {}): Standing {
  const { policy, ...rest } = more
  return {
    name,
    lane: 'p',
    policy: { ...DEFAULT_POLICY, ...policy },
    generation: 1,
    state: 'settled',
    bornAt: NOW - 10 * DAY,
    endsAt: null,
    extendable: true,
    pressing: null,
    wanted: false,
    stall: undefined,
    ...rest,
  }
}

function moves(standings: readonly Standing[], limits: Limits = DEFAULT_LIMITS): Record<string, string> {
  return Object.fromEntries(decide('testtest', standings, limits, NOW).map(({ name, kind, why }) => [name, `${kind}: ${why}`]))
}

const stall = (tries: number, nextAt: number): Standing['stall'] => ({ code: 'KR_TARGET_DOWN', tries, firstAt: NOW - DAY, nextAt })

describe('one credential', () => {
  it.each([
    ['young', {}, 'wait: not-due'],
    ['due: overlap, quiet time and a reserve before its greatest age', { bornAt: NOW - 88 * DAY + HOUR }, 'begin: due'],
    ['not yet due', { bornAt: NOW - 88 * DAY + 2 * HOUR }, 'wait: not-due'],
    ['overdue', { bornAt: NOW - 300 * DAY }, 'begin: due'],
    ['due, out of its window', { bornAt: NOW - 100 * DAY, policy: { window: NIGHTS } }, 'wait: window'],
    ['due, on a frozen day', { bornAt: NOW - 100 * DAY, policy: { freeze: [{ first: '2026-06-03', last: '2026-06-03' }] } }, 'wait: window'],
    ['open', { state: 'open' }, 'advance: open'],
    ['open, out of its window', { state: 'open', policy: { window: NIGHTS } }, 'wait: window'],
    ['unclear: the engine says why', { state: 'unclear' }, 'advance: open'],
    ['without any key', { state: 'empty', bornAt: null }, 'hold: empty'],
    ['of unknown age', { bornAt: null }, 'hold: age-unknown'],
    ['its key dead, out of its window', { pressing: 'broken', policy: { window: NIGHTS } }, 'begin: broken'],
    ['a dead key in an open run, out of its window', { pressing: 'broken', state: 'open', policy: { window: NIGHTS } }, 'advance: broken'],
    ['an incident under way, out of its window', { pressing: 'incident', state: 'open', policy: { window: NIGHTS } }, 'advance: incident'],
    ['an incident that has given up', { pressing: 'incident', state: 'open', stall: stall(MOST_TRIES, NOW - 1) }, 'advance: incident'],
    ['its key ends by itself', { bornAt: NOW - 10 * DAY, endsAt: NOW + 8 * DAY }, 'begin: due'],
    ['its key ends soon, out of its window', { endsAt: NOW + 6 * DAY, policy: { window: NIGHTS } }, 'extend: ends-soon'],
    ['its key ends soon and nobody can move that', { endsAt: NOW + 6 * DAY, extendable: false, policy: { window: NIGHTS } }, 'wait: window'],
    ['backing off', { state: 'open', stall: stall(3, NOW + 1) }, 'wait: backing-off'],
    ['backing off, and its key ends soon', { endsAt: NOW + 6 * DAY, stall: stall(3, NOW + 1) }, 'extend: ends-soon'],
    ['tried again', { state: 'open', stall: stall(3, NOW) }, 'advance: open'],
    ['given up', { state: 'open', stall: stall(MOST_TRIES, NOW - DAY) }, 'hold: gave-up'],
    ['given up, and its key is dead', { state: 'open', pressing: 'broken', stall: stall(MOST_TRIES, NOW - 1) }, 'advance: broken'],
    ['given up, its key dead, tried just now', { state: 'open', pressing: 'broken', stall: stall(MOST_TRIES, NOW + 1) }, 'wait: backing-off'],
  ] as const)('%s', (_, more, expected) => {
    expect(moves([standing('one', more as Partial<Standing>)])).toEqual({ one: expected })
  })

  it('says when it may become something else', () => {
    const [move] = decide('testtest', [standing('one', { bornAt: NOW - 100 * DAY, policy: { window: NIGHTS } })], DEFAULT_LIMITS, NOW)
    expect(new Date(move?.at ?? 0).toISOString()).toBe('2026-06-04T01:00:00.000Z')
  })
})

describe('the deadline', () => {
  it('is the greatest age less a share of the jitter, the same at every tick, another in the next generation', () => {
    const one = standing('one', { policy: { jitter: 10 * DAY } })
    const base = one.bornAt! + 90 * DAY
    const share = base - deadlineOf('testtest', one)!
    expect(share).toBeGreaterThan(0)
    expect(share).toBeLessThan(10 * DAY)
    expect(deadlineOf('testtest', one)).toBe(base - share)
    expect(deadlineOf('testtest', { ...one, generation: 2 })).not.toBe(base - share)
    expect(deadlineOf('otherone', one)).not.toBe(base - share)
  })
})

describe('several credentials', () => {
  it('of one project begin one after the other, early enough for the last', () => {
    const born = NOW - 80 * DAY
    const ten = Array.from({ length: 10 }, (_, at) => standing(`c${at}`, { bornAt: born }))
    const begun = Object.entries(moves(ten)).filter(([, move]) => move === 'begin: due')
    expect(begun).toHaveLength(1)
    expect(moves([standing('alone', { bornAt: born })])).toEqual({ alone: 'wait: not-due' })
    expect(Object.values(moves(ten.map((one, at) => ({ ...one, lane: `p${at}` }))))).not.toContain('begin: due')
  })

  it('wait while an open run holds the place, but not for one that waits for a person or has given up', () => {
    const due = standing('due', { bornAt: NOW - 100 * DAY })
    expect(moves([due, standing('open', { state: 'open' })])['due']).toBe('wait: place')
    expect(moves([due, standing('open', { state: 'open', lane: 'other' })])['due']).toBe('begin: due')
    expect(moves([due, standing('open', { state: 'open', wanted: true })])['due']).toBe('begin: due')
    expect(moves([due, standing('open', { state: 'open', stall: stall(MOST_TRIES, 0) })])['due']).toBe('begin: due')
  })

  it('are at most so many at a time', () => {
    const many = Array.from({ length: 8 }, (_, at) => standing(`c${at}`, { bornAt: NOW - (100 + at) * DAY, lane: `p${at}` }))
    const found = moves(many, { atOnce: 3, perProject: 1 })
    expect(
      Object.entries(found)
        .filter(([, move]) => move === 'begin: due')
        .map(([name]) => name),
    ).toEqual(['c7', 'c6', 'c5'])
  })

  it('are carried in the order of need: the broken, the open, the due', () => {
    const order = decide(
      'testtest',
      [standing('due', { bornAt: NOW - 100 * DAY }), standing('open', { state: 'open' }), standing('broken', { pressing: 'broken' })],
      DEFAULT_LIMITS,
      NOW,
    )
    expect(order.map(({ name }) => name)).toEqual(['broken', 'open', 'due'])
  })
})

describe('backing off', () => {
  it('doubles up to a day, keeps the first time, and gives up', () => {
    let note = stalledAgain(undefined, 'KR_X', NOW)
    const pauses = [note.nextAt - NOW]
    while (!gaveUp(note)) {
      note = stalledAgain(note, 'KR_Y', NOW)
      pauses.push(note.nextAt - NOW)
    }
    expect(pauses.map((pause) => Math.ceil(pause / HOUR))).toEqual([1, 2, 4, 8, 16, 24, 24, 24])
    expect(note).toMatchObject({ tries: MOST_TRIES, firstAt: NOW, code: 'KR_Y' })
  })
})
