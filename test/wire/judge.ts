/** What is held against one call that met one fault. Every line that comes out is a defect. */
import { inspect } from 'node:util'
import { KeyrotError } from '../../src/domain/errors.ts'
import { makeScanner } from '../leak/scanner.ts'
import type { Fault } from './faults.ts'
import { HOSTILE_WORDS, UNFIT } from './hostile.ts'
import type { Said } from './meaning.ts'
import type { Site } from './proxy.ts'

/** How a call ended; `null` when it did not. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown } | null

const LONGEST_WAIT = 3_600_000

/** Finds keys in whatever is printed of a value, its hidden members included. */
export type Leaks = (printed: string) => readonly string[]

export function leaksOf(keys: Readonly<Record<string, string>>): Leaks {
  const scan = makeScanner(keys)
  return (printed) => scan(printed).map(({ key, encoding }) => `${key} (${encoding})`)
}

/** What the call says, and everything wrong with how it says it. */
export function judge(outcome: Outcome, expected: readonly Said[], says: (value: unknown) => Said, leaks: Leaks): readonly string[] {
  if (outcome === null) return ['it never ended']
  const said = saidOf(outcome, says)
  const wrong = expected.includes(said) ? [] : [`it said ${said}${codeOf(outcome)}, not ${expected.join(' or ')}`]
  return [
    ...wrong,
    ...('error' in outcome ? aboutError(outcome.error) : []),
    ...aboutText(outcome),
    ...leaks(printed(outcome)).map((leak) => `it shows ${leak}`),
  ]
}

export function saidOf(outcome: NonNullable<Outcome>, says: (value: unknown) => Said): Said {
  if ('value' in outcome) return says(outcome.value)
  return outcome.error instanceof KeyrotError ? outcome.error.kind : 'bug'
}

/** What is expected of a call that met this fault at this site. */
export function expectedOf(fault: Fault, site: Site, more: readonly Said[] | null): readonly Said[] {
  return more ?? fault.means[site.effect]
}

/** A server that says how long it wants to be left alone is heard. */
export function judgeWait(outcome: Outcome, { waitMs }: Fault): readonly string[] {
  if (waitMs === undefined || outcome === null || 'value' in outcome || !(outcome.error instanceof KeyrotError)) return []
  const { retryAfterMs: heard } = outcome.error.facts
  const [least, most] = waitMs
  return heard !== undefined && heard >= least && heard <= most ? [] : [`it was asked to wait ${least} to ${most} ms, and heard ${heard ?? 'nothing'}`]
}

function codeOf(outcome: NonNullable<Outcome>): string {
  if ('value' in outcome) return ` by ${inspect(outcome.value, { depth: 4 }).slice(0, 200)}`
  return outcome.error instanceof KeyrotError
    ? ` (${outcome.error.code})`
    : ` (${outcome.error instanceof Error ? outcome.error.stack?.slice(0, 400) : typeof outcome.error})`
}

function aboutError(error: unknown): readonly string[] {
  if (!(error instanceof KeyrotError)) return ['it threw something that is no KeyrotError']
  const wait = error.facts.retryAfterMs
  const sane = wait === undefined || (Number.isFinite(wait) && wait >= 0 && wait <= LONGEST_WAIT)
  const foreign = HOSTILE_WORDS.filter((word) => printed({ error }).includes(word))
  return [
    ...(error.cause === undefined ? [] : ['its error carries a cause']),
    ...(sane ? [] : [`it would wait ${wait} ms`]),
    ...foreign.map((word) => `its error repeats a text of the server: ${word}`),
  ]
}

/** Whatever may reach a terminal: of an error its own texts, of a value every string in it. */
function aboutText(outcome: NonNullable<Outcome>): readonly string[] {
  const texts = 'value' in outcome ? stringsIn(outcome.value) : outcome.error instanceof KeyrotError ? stringsIn(outcome.error.toJSON()) : []
  return texts.filter((text) => UNFIT.test(text)).map((text) => `it says what no terminal should get: ${JSON.stringify(text.slice(0, 80))}`)
}

function stringsIn(value: unknown, depth = 0): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null || depth > 8) return []
  return Object.values(value).flatMap((inner) => stringsIn(inner, depth + 1))
}

function printed(outcome: NonNullable<Outcome>): string {
  const what = 'value' in outcome ? outcome.value : outcome.error
  const stack = what instanceof Error ? [what.stack, what.message] : []
  return [inspect(what, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null }), JSON.stringify(what), ...stack].join('\n')
}
