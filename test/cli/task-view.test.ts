/** The live view on a terminal that is only recorded: it ends, it stays small, and the run never waits for it. */
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { EventType, RunEvent } from '../../src/domain/events.ts'
import { taskView } from '../../src/ui/task-view.ts'

function terminal(): { stream: NodeJS.WriteStream; text: () => string } {
  let text = ''
  const stream = new Writable({
    write: (piece: Buffer, _, done) => {
      text += piece.toString()
      done()
    },
  })
  return { stream: Object.assign(stream, { isTTY: true, columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream, text: () => text }
}

const event = (type: EventType, step?: string): RunEvent => ({ type, at: Date.now(), credential: 'prod', run: 'r', ...(step === undefined ? {} : { step }) })

/** Without colours and cursor movements. */
// oxlint-disable-next-line no-control-regex -- terminal sequences are what is taken out
const plain = (text: string): string => text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')

describe('the live view', () => {
  it('leaves one finished row per verb, in the order of the run', async () => {
    const { stream, text } = terminal()
    const view = taskView(stream, () => 1)
    for (const verb of ['mint', 'stage:web', 'verify', 'promote:web']) {
      view.watch(event('step.intended', verb))
      view.watch(event('step.done', verb))
    }
    view.watch(event('run.done'))
    await view.close()
    const rows = plain(text())
      .split('\n')
      .filter((line) => /^. (?:mint|stage|verify|promote):/.test(line))
    expect([...new Set(rows.map((row) => row.slice(2).split(':')[0]))]).toEqual(['mint', 'stage', 'verify', 'promote'])
  })

  it('counts a finished row against what came, not against targets that had no part in it', async () => {
    const { stream, text } = terminal()
    const view = taskView(stream, () => 4)
    for (const target of ['a', 'b', 'c']) {
      view.watch(event('step.intended', `stage:${target}`))
      view.watch(event('step.done', `stage:${target}`))
    }
    view.watch(event('run.done'))
    await view.close()
    const [last = ''] =
      plain(text())
        .match(/^✔ stage:.*$/gm)
        ?.slice(-1) ?? []
    expect(last).toMatch(/ {2}3 of 3(?: |$)/)
  })

  it('takes 20,000 events of 1,000 targets without painting on any of them', () => {
    const { stream, text } = terminal()
    const view = taskView(stream, () => 1_000)
    for (let at = 0; at < 20_000; at++) view.watch(event(at % 2 === 0 ? 'step.intended' : 'step.done', `stage:t${at % 1_000}`))
    expect(text()).toBe('')
    return view.close()
  })

  it('is silent while a prompt paints, and goes on after it', async () => {
    const { stream, text } = terminal()
    const view = taskView(stream, () => 1)
    view.watch(event('step.intended', 'drain'))
    const during = await view.aside(async () => {
      const before = text()
      view.watch(event('step.intended', 'retire'))
      await new Promise((resolve) => setTimeout(resolve, 450))
      return { before, after: text() }
    })
    expect(during.after).toBe(during.before)
    view.watch(event('step.done', 'retire'))
    await view.close()
    expect(plain(text())).toContain('retire: ')
    expect(text().endsWith('\u001b[?25h')).toBe(true)
  })

  it('shows a failure as one', async () => {
    const { stream, text } = terminal()
    const view = taskView(stream, () => 1)
    view.watch({ ...event('step.failed', 'stage:web'), code: 'KR_FORBIDDEN' })
    await view.close()
    expect(plain(text())).toContain('web: failed - forbidden')
    expect(plain(text())).toMatch(/[✖×] stage/)
  })
})
