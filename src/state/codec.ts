/**
 * How state is written down: one line of JSON in a sealed envelope, `{"format":N,"sum":"…","body":…}`.
 *
 * The envelope and its checksum are the same for every format ever; `format` counts the body. The checksum covers a salt
 * (what the line belongs to, and in a journal the sum of the line before), the format and the body's exact text.
 */
import { hash } from 'node:crypto'
import { KeyrotError } from '../domain/errors.ts'
import { KEY_SHAPES } from '../domain/patterns.ts'

const ENVELOPE = /^\{"format":(\d{1,6}),"sum":"([0-9a-f]{32})","body":(.*)\}$/
/** Wider than any known shape: better one refusal too many than a key on disk. Words such as `task-…` do not start one. */
const KEY_NET = new RegExp(['(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{16,}', 'T3BlbkFJ', ...KEY_SHAPES.map(({ pattern }) => pattern.source)].join('|'))
const NEWLINE = 0x0a

function sumOf(salt: string, format = '', body = ''): string {
  return hash('sha256', `${salt}\n${format}\n${body}`, 'hex').slice(0, 32)
}

export interface SealedLine {
  readonly line: string
  readonly sum: string
}

/** Puts a body into its envelope; the line ends with a newline. */
export function seal(salt: string, format: number, body: string): SealedLine {
  const sum = sumOf(salt, `${format}`, body)
  return { line: `{"format":${format},"sum":"${sum}","body":${body}}\n`, sum }
}

export interface OpenedLine {
  /** `null` when the checksum does not hold, or the line is no envelope at all. */
  readonly body: string | null
  readonly format: number
  /** What the next line of a chain builds on. */
  readonly sum: string
}

/** Takes a line (without its newline) out of its envelope. */
export function unseal(salt: string, line: string): OpenedLine {
  const match = ENVELOPE.exec(line)
  if (match === null) return { body: null, format: 0, sum: sumOf(line) }
  const [, digits = '', sum = '', body = ''] = match
  return { body: sumOf(salt, digits, body) === sum ? body : null, format: Number(digits), sum }
}

export interface Chain {
  /** Bodies whose checksum holds, in order. */
  readonly bodies: readonly { readonly body: string; readonly format: number }[]
  readonly damaged: number
  /** Whether the file does not end with a newline. */
  readonly torn: boolean
  /** Sum and length up to which the file is to be continued. */
  readonly sum: string
  readonly length: number
  /** The last line is whole but for its newline. */
  readonly newlineMissing: boolean
}

/** Reads a chain of sealed lines. A torn last line is dropped, unless nothing but its newline is missing. */
export function readChain(bytes: Buffer, salt: string): Chain {
  const whole = bytes.lastIndexOf(NEWLINE) + 1
  const lines = bytes.toString('utf8', 0, whole).split('\n').slice(0, -1)
  const rest = bytes.toString('utf8', whole)
  const bodies: { body: string; format: number }[] = []
  let sum = salt
  const take = ({ body, format, sum: next }: OpenedLine): void => {
    if (body !== null) bodies.push({ body, format })
    sum = next
  }
  for (const line of lines) take(unseal(sum, line))
  const damaged = lines.length - bodies.length
  const last = unseal(sum, rest)
  const newlineMissing = rest !== '' && last.body !== null
  if (newlineMissing) take(last)
  return {
    bodies,
    damaged,
    torn: rest !== '',
    sum,
    length: newlineMissing ? bytes.length : whole,
    newlineMissing,
  }
}

/** A value as JSON, if it is plain data without anything that looks like a key; `KR_BUG` otherwise. The value is not shown. */
export function toText(value: unknown): string {
  refuseUnplain(value)
  const text = JSON.stringify(value)
  if (KEY_NET.test(text)) throw bug('something that looks like a key was about to be written to state')
  return text
}

/** The value of a JSON text, or `undefined` when it is none. The parser's own message quotes the text, so it is dropped. */
export function fromText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refuseUnplain(value: unknown): void {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (typeof value !== 'object') throw bug('state takes plain data only')
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) throw bug('state takes plain data only, never a Secret')
  for (const part of Object.values(value)) refuseUnplain(part)
}

function bug(message: string): KeyrotError {
  return new KeyrotError({ code: 'KR_BUG', kind: 'bug', message, hints: ['nothing was written; please report this'] })
}
