/** The words themselves: tables that fit, times, rows of the live view, and foreign text made harmless. */
import { describe, expect, it } from 'vitest'
import { KeyrotError } from '../../src/domain/errors.ts'
import type { EventType, RunEvent } from '../../src/domain/events.ts'
import type { RunReport } from '../../src/domain/run.ts'
import { nearest } from '../../src/cli/command-line.ts'
import { ownFrames, toFailure } from '../../src/cli/failure.ts'
import { listOf } from '../../src/cli/flags.ts'
import { draftConfig, targetName } from '../../src/cli/init/draft.ts'
import { keyNames } from '../../src/cli/init/find.ts'
import { interrupted } from '../../src/cli/outside/interruption.ts'
import { exitOf } from '../../src/cli/session.ts'
import { stoppable } from '../../src/cli/outside/stoppable.ts'
import type { Records } from '../../src/ports/system.ts'
import { asciiJson, eventJson, runsJson } from '../../src/ui/json.ts'
import { endOf, note, rowLines, type Row } from '../../src/ui/task-rows.ts'
import { errorLines } from '../../src/ui/text/error.ts'
import { eventLine } from '../../src/ui/text/event.ts'
import { reportLines } from '../../src/ui/text/report.ts'
import { table, wrap } from '../../src/ui/text/table.ts'
import { relative, span, stamp } from '../../src/ui/text/time.ts'
import { CONTROL } from './support/cli.ts'

const FAKE = ['sk', '-svcacct-', 'Zx9'.repeat(24), 'T3Blbk', 'FJ', 'Qw8'.repeat(24)].join('')
const HOSTILE = '\u001b[31m::error::x\r\u202egnp\u009b2J\u0007'

function event(type: EventType, step?: string, more: Partial<RunEvent> = {}): RunEvent {
  return { type, at: 1_700_000_000_000, credential: 'prod', run: 'r1', ...(step === undefined ? {} : { step }), ...more }
}

const report: RunReport = {
  credential: 'prod',
  runId: 'r1',
  generation: 2,
  status: 'waiting',
  phase: 'promoted',
  exit: 10,
  code: 'KR_WAITING_OVERLAP',
  message: 'the overlap is not over',
  hints: [],
  targets: [{ name: 'web', type: 'dotenv', current: 'b', fallback: 'a' }],
  next: { command: 'keyrot rotate prod', at: 1_700_000_000_000 },
  findings: [],
  warrant: [],
}

describe('tables and lines', () => {
  it.each([40, 60, 80, 200])('fit %d columns by shrinking what may shrink', (width) => {
    const lines = table([{ title: 'name', shrinkTo: 6 }, { title: 'state' }, { title: 'why', shrinkTo: 10 }], [['a'.repeat(60), 'done', 'b'.repeat(90)]], width)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
    expect(lines[1]).toContain('done')
  })

  it('move closer before they are broken', () => {
    const columns = ['credential', 'key', 'due'].map((title) => ({ title }))
    expect(table(columns, [['prod-api', '0123456789ab', 'in 89 d']], 31)).toEqual(['credential key          due', 'prod-api   0123456789ab in 89 d'])
  })

  it('a report keeps the command whole and its time in sight', () => {
    const lines = reportLines(report, 0, 40).slice(-2)
    expect(lines).toEqual(['next: keyrot rotate prod', '  after 2023-11-14 22:13 UTC (in 19675 d)'])
  })

  it('never cut what may not be cut', () => {
    expect(table([{ title: 'id' }], [['x'.repeat(90)]], 40)[1]).toBe('x'.repeat(90))
  })

  it('wrap at blanks and keep their indent', () => {
    expect(wrap('  note: one two three four', 16, '    ')).toEqual(['  note: one two', '    three four'])
  })

  it('a report fits 80 columns', () => {
    for (const line of reportLines({ ...report, message: 'word '.repeat(60), hints: ['word '.repeat(60)] }, 0, 80)) expect(line.length).toBeLessThanOrEqual(80)
  })
})

describe('times', () => {
  it('are rounded down and say their direction', () => {
    expect(span(26 * 3_600_000)).toBe('1 d')
    expect(relative(5_000, 0)).toBe('in 5 s')
    expect(relative(0, 7_200_000)).toBe('2 h ago')
    expect(stamp(0)).toBe('1970-01-01T00:00:00.000Z')
    expect(stamp(undefined)).toBeNull()
  })
})

describe('foreign text', () => {
  it('reaches no line with anything a terminal or CI would obey', () => {
    const lines = [
      eventLine(event('finding', `stage:${HOSTILE}`, { credential: HOSTILE, data: { message: HOSTILE, [HOSTILE]: HOSTILE } })),
      ...errorLines(new KeyrotError({ code: 'KR_X', kind: 'failed', message: HOSTILE, hints: [HOSTILE], where: HOSTILE }), 0),
      ...reportLines(
        {
          ...report,
          credential: HOSTILE,
          message: HOSTILE,
          hints: [HOSTILE],
          targets: [{ name: HOSTILE, type: HOSTILE, current: 'b', fallback: 'a' }],
          next: { command: HOSTILE, at: null },
        },
        0,
        80,
      ),
      asciiJson(runsJson([{ ...report, message: HOSTILE }])),
      asciiJson(eventJson(event('finding', HOSTILE))),
    ]
    for (const line of lines) {
      expect(line).not.toMatch(CONTROL)
      expect(line).not.toMatch(/^\s*::/)
    }
  })

  it('keys are taken out of errors whatever brought them there', () => {
    const lines = errorLines(new KeyrotError({ code: 'KR_X', kind: 'failed', message: `x ${FAKE}`, hints: [`y ${FAKE}`] }), 0)
    expect(lines.join('\n')).not.toContain(FAKE.slice(0, 30))
  })

  it('of an unexpected error nothing is kept but its class', () => {
    const failure = toFailure(new RangeError(`boom ${FAKE}`), [])
    expect(failure.kind).toBe('bug')
    expect(JSON.stringify(failure)).not.toContain('boom')
    expect(failure.message).toContain('RangeError')
  })

  it('frames are our own files only, without absolute paths', () => {
    const error = new Error(FAKE)
    error.stack = `Error: ${FAKE}\n    at walk (file:///home/x/keyrot/dist/engine/engine.js:10:5)\n    at async file:///home/x/keyrot/dist/cli/main.js:1:2\n    at node:internal/x:1:1\n    at foo (/home/x/keyrot/node_modules/openai/dist/index.js:3:4)\n    at async /elsewhere/dist/x.js:1:1`
    expect(ownFrames(error, '/home/x/keyrot/')).toEqual(['walk dist/engine/engine.js:10:5', 'anonymous dist/cli/main.js:1:2'])
  })
})

describe('rows of the live view', () => {
  const empty = (): Row => ({ credential: 'prod', verb: 'stage', since: 0, places: new Map() })
  const after = (events: readonly RunEvent[]): Row => {
    const row = empty()
    for (const one of events) note(row, one)
    return row
  }

  it('count targets and show a line for each of a handful', () => {
    const row = after([event('step.done', 'stage:a'), event('step.waiting', 'stage:b', { code: 'KR_BUSY' })])
    expect(rowLines(row, 3, 5_000, false)).toEqual(['stage: put it into the fallback slots  1 of 3  5 s', '  a: done', '  b: waits - busy'])
    expect(endOf(row)).toBe('open')
  })

  it('go on as one where targets reload while others are promoted, and only then', () => {
    const row: Row = { ...empty(), verb: 'promote' }
    note(row, event('step.intended', 'promote:a'))
    note(row, event('step.intended', 'promote:b'))
    note(row, event('step.done', 'promote:a'))
    expect(note(row, event('step.intended', 'reload:a'))).toBe(true)
    expect(rowLines(row, 2, 0, false)).toEqual(['promote, reload: make it current, let consumers take it up  0 of 2', '  a: at it', '  b: at it'])
    for (const step of ['promote:b', 'reload:a']) note(row, event('step.done', step))
    expect(endOf(row)).toBe('done')
    const routine: Row = { ...empty(), verb: 'promote' }
    note(routine, event('step.done', 'promote:a'))
    expect(note(routine, event('step.intended', 'reload:a'))).toBe(false)
  })

  it('show only those that wait or fail when there are many', () => {
    const names = Array.from({ length: 200 }, (_, at) => `t${at}`)
    const row = after([...names.map((name) => event('step.done', `stage:${name}`)), event('step.failed', 'stage:t7', { code: 'KR_FORBIDDEN' })])
    const lines = rowLines(row, 200, 0, true)
    expect(lines).toEqual(['prod stage: put it into the fallback slots  199 of 200', '  t7: failed - forbidden'])
    expect(endOf(row)).toBe('failed')
  })

  it('never grow beyond a screen', () => {
    const row = after(Array.from({ length: 500 }, (_, at) => event('step.failed', `stage:t${at}`)))
    expect(rowLines(row, 500, 0, false).length).toBeLessThan(12)
  })

  it('leave events of another step to another row', () => {
    expect(note(empty(), event('step.intended', 'verify'))).toBe(false)
    expect(note(empty(), event('step.intended', 'stage:a', { credential: 'other' }))).toBe(false)
  })

  it('call a step that moved the ground unfinished', () => {
    expect(endOf(after([event('step.done', 'stage', { code: 'KR_RECONSIDER' })]))).toBe('open')
  })
})

describe('a run that is to stop', () => {
  it('begins no effect any more, and may still write down what happened', async () => {
    const written: string[] = []
    const records = { append: (one: RunEvent) => Promise.resolve(void written.push(one.type)) } as unknown as Records
    let stop = false
    const guarded = stoppable(records, () => {
      if (stop) throw interrupted()
    })
    await guarded.append(event('step.intended', 'stage:a'))
    stop = true
    await guarded.append(event('step.done', 'stage:a'))
    await expect(guarded.append(event('step.intended', 'stage:b'))).rejects.toMatchObject({ kind: 'interrupted' })
    expect(written).toEqual(['step.intended', 'step.done'])
  })
})

describe('small parts of the command line', () => {
  it('the worst outcome decides, an interruption speaks for itself', () => {
    const of = (...codes: number[]): number => exitOf(codes.map((exit) => ({ exit })))
    expect(of(0, 10)).toBe(10)
    expect(of(8, 5, 0)).toBe(5)
    expect(of(0, 130)).toBe(130)
    expect(of()).toBe(0)
  })

  it('lists come from flags and, with commas, from the environment', () => {
    expect(listOf(undefined)).toEqual([])
    expect(listOf('quiet, consumers')).toEqual(['quiet', 'consumers'])
    expect(listOf(['a', 'b,c'])).toEqual(['a', 'b', 'c'])
  })

  it('near names are suggested, far ones are not', () => {
    expect(nearest('rotat', ['rotate', 'revoke'])).toBe('rotate')
    expect(nearest('xyz', ['rotate', 'revoke'])).toBeNull()
  })

  it('init sees names of keys, not fallbacks and not admin keys', () => {
    expect(keyNames('A=1\nexport OPENAI_API_KEY=x\n  OPENAI_KEY = y\nOPENAI_API_KEY_FALLBACK=z\nOPENAI_ADMIN_KEY=a\n# OPENAI_OLD_KEY=b\n')).toEqual([
      'OPENAI_API_KEY',
      'OPENAI_KEY',
    ])
  })

  it('init names targets after their files, each once', () => {
    const taken: string[] = []
    for (const [path, variable] of [
      ['.env', 'A_KEY'],
      ['.env', 'B_KEY'],
      ['.env', 'B_KEY'],
      ['apps/web/.env.production', 'A_KEY'],
    ] as const)
      taken.push(targetName(path, variable, taken))
    expect(taken).toEqual(['env', 'env-b-key', 'env-2', 'apps-web-env-production'])
  })

  it('init quotes what YAML would read as something else', () => {
    const text = draftConfig({
      ns: '12345678',
      credential: 'no',
      project: 'proj_x',
      serviceAccount: null,
      adminKey: null,
      scopes: ['a.b'],
      targets: [{ name: 'env', path: 'a b/.env', variable: 'X', consumers: 'manual' }],
      others: [HOSTILE],
    })
    expect(text).toContain('ns: "12345678"')
    expect(text).toContain('  "no":')
    expect(text).toContain('path: "a b/.env"')
    expect(text.replaceAll('\n', '')).not.toMatch(CONTROL)
  })
})
