/**
 * The live view. listr2 is only the painter: one short list per verb, one task in it, so that what is repainted stays a
 * few lines however many targets there are (its default renderer repaints every row on every change, and its cost grows
 * with the square of the rows: perf.md, progress display). Events change plain data; painting happens on a timer of its
 * own and the run never waits for it.
 */
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput, type ListrTaskWrapper } from 'listr2'
import type { RunEvent } from '../domain/events.ts'
import { endOf, note, placeOf, rowLines, type Row } from './task-rows.ts'
import type { View } from './view.ts'

const REPAINT_MS = 200

const ENDS: ReadonlySet<string> = new Set(['run.waiting', 'run.parked', 'run.failed', 'run.done', 'run.rolled-back'])

/** listr2 asks about stdout; we paint on stderr, which is a terminal when this view is chosen at all. */
class LiveRenderer extends DefaultRenderer {
  static override nonTTY = true
}

interface Shown {
  readonly row: Row
  readonly ended: Promise<void>
  readonly end: () => void
}

/** A view on `terminal`; `targets` gives the number of targets of a credential. */
export function taskView(terminal: NodeJS.WriteStream, targets: (credential: string) => number): View {
  let open: Shown | null = null
  let queue: Promise<unknown> = Promise.resolve()
  const seen = new Set<string>()

  const endOpen = (): void => {
    open?.end()
    open = null
  }

  const begin = (row: Row): void => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const shown: Shown = { row, ended: promise, end: resolve }
    open = shown
    // Of how many is known while it goes on; at its end those that came are all there were.
    const total = (): number => (open === shown ? targets(row.credential) : 0)
    queue = queue.then(() => paint(terminal, shown, () => rowLines(shown.row, total(), Date.now(), seen.size > 1))).catch(() => undefined)
  }

  const watch = (event: RunEvent): void => {
    seen.add(event.credential)
    const place = placeOf(event)
    // Nothing goes on while keys overlap: a row belongs there once there is something to say.
    if (place?.verb === 'drain' && place.state === 'works') return
    if (place === null) return void (ENDS.has(event.type) ? endOpen() : undefined)
    if (open !== null && note(open.row, event)) return
    // What is so already opens no row: after every change of ground the plan is walked again from its start.
    if (place.state === 'done' && event.type === 'step.satisfied') return
    endOpen()
    const row: Row = { credential: event.credential, verb: place.verb, since: event.at, places: new Map() }
    note(row, event)
    begin(row)
  }

  const aside = async <T>(prompt: () => Promise<T>): Promise<T> => {
    endOpen()
    const painted = queue.then(prompt)
    queue = painted.catch(() => undefined)
    return painted
  }

  const close = async (): Promise<void> => {
    endOpen()
    await queue
  }

  return { watch, aside, close }
}

async function paint(terminal: NodeJS.WriteStream, shown: Shown, lines: () => string[]): Promise<void> {
  const logger = new ListrLogger({ useIcons: true, toStderr: [], processOutput: new ProcessOutput(terminal, terminal) })
  const task = async (_: unknown, wrapper: ListrTaskWrapper<unknown, typeof LiveRenderer, typeof LiveRenderer>): Promise<void> => {
    const update = (): void => void (wrapper.title = lines().join('\n'))
    const timer = setInterval(update, REPAINT_MS)
    update()
    await shown.ended
    clearInterval(timer)
    update()
    const end = endOf(shown.row)
    if (end === 'failed') throw new Error(lines().join('\n'))
    if (end === 'open') wrapper.skip(lines().join('\n'))
  }
  const list = new Listr([{ title: lines().join('\n'), task }], {
    renderer: LiveRenderer,
    fallbackRenderer: LiveRenderer,
    rendererOptions: { logger },
    registerSignalListeners: false,
    exitOnError: false,
  })
  await list.run()
}
