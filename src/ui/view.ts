/**
 * What people and programs see while a run goes on. A view consumes events and nothing else; it never throws, never
 * waits for a reader, and never paints while a prompt does.
 */
import type { RunEvent } from '../domain/events.ts'
import { asciiJson, eventJson } from './json.ts'
import type { Screen } from './screen.ts'
import { eventLine } from './text/event.ts'

export interface View {
  watch(event: RunEvent): void
  /** Runs something that paints by itself, such as a prompt, while the view is silent. */
  aside<T>(paint: () => Promise<T>): Promise<T>
  /** Resolves when everything is painted. */
  close(): Promise<void>
}

export interface ViewChoice {
  /** NDJSON on stdout instead of words. */
  readonly events: boolean
  readonly verbose: boolean
  /** How many targets a credential has, for counters. */
  readonly targets: (credential: string) => number
}

/** Events too small for people, unless they ask. */
const SMALL: ReadonlySet<string> = new Set(['step.satisfied', 'step.skipped', 'step.intended', 'run.resumed'])

/** The view that fits: NDJSON for programs, rows on a terminal, plain lines everywhere else. */
export async function chooseView(screen: Screen, choice: ViewChoice): Promise<View> {
  if (choice.events) return linesView((event) => screen.out(`${asciiJson(eventJson(event))}\n`))
  if (screen.terminal === null || choice.verbose)
    return linesView((event) => (choice.verbose || !SMALL.has(event.type) ? screen.say(eventLine(event)) : undefined))
  const { taskView } = await import('./task-view.ts')
  return taskView(screen.terminal, choice.targets)
}

function linesView(print: (event: RunEvent) => void): View {
  return { watch: print, aside: (paint) => paint(), close: () => Promise.resolve() }
}
