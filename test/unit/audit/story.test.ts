/** A journal told afterwards: an incident, a routine run, one that was stopped, one that is damaged, none at all. */
import { describe, expect, it } from 'vitest'
import { storyOf } from '../../../src/audit/story.ts'
import { SECOND } from '../../../src/domain/duration.ts'
import type { RunEvent } from '../../../src/domain/events.ts'

const T = Date.UTC(2026, 10, 20, 12)
const event = (seconds: number, type: string, more: Partial<RunEvent> = {}): RunEvent => ({
  type: type as RunEvent['type'],
  at: T + seconds * SECOND,
  credential: 'api',
  run: 'r1',
  ...more,
})
const told = (events: readonly RunEvent[], more: { damaged?: number; torn?: boolean } = {}) =>
  storyOf('api', 'r1', { events, damaged: 0, torn: false, ...more }, null)

const INCIDENT: readonly RunEvent[] = [
  event(0, 'run.started', { data: { generation: 3, direction: 'forward' } }),
  event(1, 'incident.declared', { data: { leaked: 1, id: 'key_old', fingerprint: '0a1b2c3d4e5f', severFirst: false, by: 'flag', direction: 'forward' } }),
  event(2, 'key.contained', { step: 'contain', data: { id: 'key_old', until: T + 3_600_000 } }),
  event(3, 'step.intended', { step: 'mint', code: 'KR_NEEDED' }),
  event(4, 'key.minted', { step: 'mint', data: { id: 'key_lost', name: 'keyrot.n.api.g3.a1', fingerprint: 'aaaaaaaaaaaa' } }),
  event(5, 'key.abandoned', { step: 'mint', data: { name: 'keyrot.n.api.g3.a1' } }),
  event(6, 'key.minted', { step: 'mint', data: { id: 'key_new', name: 'keyrot.n.api.g3.a2', fingerprint: 'bbbbbbbbbbbb' } }),
  event(7, 'step.done', { step: 'mint', code: 'KR_RECONSIDER' }),
  event(8, 'step.done', { step: 'promote:web' }),
  event(9, 'step.done', { step: 'reload:web' }),
  event(9, 'target.left', { step: 'promote:api', code: 'KR_TARGET_UNREACHABLE' }),
  event(10, 'item.waived', { step: 'retire', code: 'quiet', data: { by: 'rule' } }),
  event(11, 'key.retired', { step: 'retire', code: 'KR_DELETING', data: { id: 'key_old' } }),
  event(30, 'key.retired', { step: 'retire', code: 'KR_OBSERVED_REFUSED', data: { id: 'key_old', since: T + 15 * SECOND } }),
  event(31, 'run.parked', { code: 'KR_TARGETS_LEFT' }),
]

describe('an incident', () => {
  it('is told with its keys, its moments in order, and the first refusal as the death', () => {
    const story = told(INCIDENT)
    expect(story).toMatchObject({
      kind: 'incident',
      outcome: 'parked',
      outcomeCode: 'KR_TARGETS_LEFT',
      by: 'flag',
      startedAt: T,
      declaredAt: T + SECOND,
      oldKey: { id: 'key_old', fingerprint: '0a1b2c3d4e5f' },
      newKey: { id: 'key_new', name: 'keyrot.n.api.g3.a2' },
      dead: { at: T + 15 * SECOND, seen: 'refused' },
      left: ['api'],
      missing: [],
    })
    expect(story.moments.map(({ what, target, note }) => [what, target ?? note].filter((part) => part !== null).join(' '))).toEqual([
      'started',
      'declared flag',
      'contained',
      'minted',
      'abandoned',
      'minted',
      'promoted web',
      'reloaded web',
      'left api',
      'waived quiet by rule',
      'deletion-sent',
      'refused',
      'parked KR_TARGETS_LEFT',
    ])
  })

  it('without a death says so, and is not over because the last pause is', () => {
    const story = told([...INCIDENT.slice(0, 9), event(20, 'run.parked', { code: 'KR_X' }), event(40, 'step.intended', { step: 'promote:web' })])
    expect(story).toMatchObject({ outcome: 'unfinished', dead: null })
    expect(story.missing).toEqual(['the old key was not seen dead'])
  })
})

describe('a routine run', () => {
  const run = [
    event(0, 'run.started', { data: { generation: 1, direction: 'forward' } }),
    event(1, 'key.minted', { step: 'mint', code: 'KR_PASTED', data: { fingerprint: 'cccccccccccc' } }),
    event(2, 'step.done', { step: 'stage:web' }),
    event(60, 'key.retired', { step: 'retire', code: 'KR_UNLISTED', data: { id: 'key_old' } }),
    event(61, 'run.done', { data: { generation: 1 } }),
  ]

  it('is told by the same words; a key that was only absent is not called refused', () => {
    expect(told(run)).toMatchObject({
      kind: 'rotation',
      outcome: 'done',
      dead: { seen: 'unlisted' },
      oldKey: { id: 'key_old' },
      newKey: { fingerprint: 'cccccccccccc' },
    })
    expect(told(run).moments.map(({ what }) => what)).toEqual(['started', 'pasted', 'staged', 'unlisted', 'done'])
  })

  it('that is done and never saw the death may have left a living key', () => {
    expect(told(run.filter(({ type }) => type !== 'key.retired')).missing).toContain('that the old key was seen dead is not in the journal: it may live on')
  })

  it('back is a rollback', () => {
    expect(told([event(0, 'run.started', { data: { direction: 'back' } })]).kind).toBe('rollback')
    expect(told([event(0, 'run.rolled-back')])).toMatchObject({ kind: 'rollback', outcome: 'rolled-back' })
  })
})

describe('what is lost', () => {
  it('is named: damaged lines, a torn end, a missing beginning', () => {
    expect(told(INCIDENT.slice(1), { damaged: 2, torn: true }).missing).toEqual([
      '2 line(s) of the journal do not hold and are left out',
      'the last line was cut short, as by a crash',
      'the beginning of the run is not in the journal',
    ])
  })

  it('whole leaves a story that claims nothing', () => {
    expect(storyOf('api', null, { events: [], damaged: 0, torn: false }, null)).toMatchObject({
      run: null,
      outcome: 'unknown',
      oldKey: null,
      newKey: null,
      dead: null,
      moments: [],
      missing: [expect.stringContaining('there is no journal')],
    })
  })

  it('of types is passed over: another version may have written them', () => {
    expect(told([...INCIDENT, event(50, 'key.sung', { data: { id: 'x' } })]).moments).toHaveLength(13)
  })
})
