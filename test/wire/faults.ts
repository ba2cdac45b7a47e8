/** Everything that can befall one request, by name: the rows of reliability.md, L5, and what a server that means harm adds. */
import { gzipSync } from 'node:zlib'
import { cut, drip, flood, hang, headersForEver, plain, reset, say, sendRaw } from './delivery.ts'
import { HOSTILE_TEXT, hostileTexts, otherTypes, wordsOf } from './hostile.ts'
import { always, LOST, UNSENT, type Answer, type Asked, type Dialect, type Failure, type Json, type Meaning } from './meaning.ts'
import type { ServerResponse } from 'node:http'

/** What a fault has at hand. */
export interface Moment {
  readonly asked: Asked
  readonly response: ServerResponse
  /** What the server behind said; `null` for a fault that does not let the request through. */
  readonly answer: Answer | null
  /** Earlier answers at the same site, oldest first. */
  readonly earlier: readonly Answer[]
  readonly dialect: Dialect
  /** Keys that a server which echoes would know. */
  readonly keys: readonly string[]
  /** Asks the server behind for something else. */
  readonly ask: (asked: Asked) => Promise<Answer>
  /** What somebody else does meanwhile. */
  readonly meddle: () => Promise<void>
}

export interface Fault {
  readonly name: string
  /** `connection`: nobody listens, or nobody stays; it takes hold before the request is known, and stays until it is lifted. */
  readonly at: 'connection' | 'answer'
  /** Whether the request takes effect at the server behind. */
  readonly effect: boolean
  readonly means: Meaning
  /** How long the server asks to be left alone, where it says so in words that have a meaning. */
  readonly waitMs?: readonly [least: number, most: number]
  /** Only a deadline ends it. */
  readonly waits?: boolean
  /** It makes sense where another page comes later, or came earlier; or after a look, where somebody else can change what was seen. */
  readonly needs?: 'later' | 'earlier' | 'edit' | 'overtake'
  readonly spoil: (moment: Moment) => void | Promise<void>
}

/** Larger than any answer keyrot reads. */
const HUGE = 32 * 1024 * 1024
const BOMB = 64 * 1024 * 1024
/** A gzip member of blanks: members may follow each other (RFC 1952), and blanks may follow JSON. Packed once: it takes a while. */
const PACKED_BLANKS = gzipSync(Buffer.alloc(BOMB, ' '))

/** A fault of the given name; `means` is `LOST` unless told otherwise. */
function fault(name: string, effect: boolean, spoil: Fault['spoil'], more: Partial<Fault> = {}): Fault {
  return { name, at: 'answer', effect, means: LOST, spoil, ...more }
}

const real = ({ answer }: Moment): Answer => answer ?? { status: 200, headers: {}, bytes: Buffer.from('{}') }

const CONNECTION: readonly Fault[] = [
  fault('refuse', false, () => undefined, { at: 'connection', means: UNSENT }),
  fault('reset-on-connect', false, () => undefined, { at: 'connection', means: { read: ['unavailable'], write: ['ambiguous', 'unavailable'] } }),
]

const SILENT: readonly Fault[] = [
  fault('reset-before-headers', false, reset),
  fault('close-before-headers', false, ({ response }) => void response.socket?.end()),
  fault('never-answers', false, hang, { waits: true }),
  fault('half-headers', false, (moment) => sendRaw(moment, 'HTTP/1.1 200 OK\r\ncontent-ty', 'close')),
  fault('endless-headers', false, headersForEver, { waits: true }),
  fault('flood-of-headers', false, flood),
  fault('not-http', false, (moment) => sendRaw(moment, 'SSH-2.0-OpenSSH_9.2\r\n', 'close')),
  fault('effect-then-reset', true, reset),
  fault('effect-then-timeout', true, hang, { waits: true }),
]

const SPOILT: readonly Fault[] = [
  fault('reset-mid-body', true, (moment) => cut(moment, real(moment), 'reset')),
  fault('half-then-close', true, (moment) => cut(moment, real(moment), 'close')),
  fault('slow-drip', true, (moment) => drip(moment, real(moment)), { waits: true }),
  fault('wrong-length-long', true, (moment) => plain(moment, real(moment), { 'content-length': String(real(moment).bytes.length + 100), connection: 'close' })),
  fault('wrong-length-short', true, (moment) => plain(moment, real(moment), { 'content-length': String(Math.ceil(real(moment).bytes.length / 2)) })),
  fault('malformed-json', true, (moment) => {
    const { bytes, ...answer } = real(moment)
    say(moment, { ...answer, bytes: bytes.subarray(0, Math.ceil(bytes.length / 2)) })
  }),
  fault('wrong-type', true, (moment) => sayJson(moment, otherTypes(jsonOf(real(moment))))),
  fault('empty-body', true, (moment) => say(moment, { ...real(moment), status: 200, bytes: Buffer.alloc(0) })),
  fault('huge-body', true, (moment) => say(moment, { ...real(moment), bytes: Buffer.concat([real(moment).bytes, Buffer.alloc(HUGE, ' ')]) })),
  fault('gzip-bomb', true, (moment) => {
    const bytes = Buffer.concat([gzipSync(real(moment).bytes), PACKED_BLANKS])
    say(moment, { ...real(moment), bytes, headers: { ...real(moment).headers, 'content-encoding': 'gzip' } })
  }),
  fault('login-page', false, (moment) => say(moment, page(200))),
  fault('error-in-200', false, ({ dialect, ...rest }) => sayJson({ dialect, ...rest }, dialect.serverError(500, 'failed'))),
]

const REDIRECTS = [302, 307, 308].map((status) =>
  fault(`redirect-${status}`, false, (moment) => say(moment, { status, headers: { location: '/_elsewhere' }, bytes: Buffer.alloc(0) })),
)

const BUSY: Meaning = always('rate-limited')

interface Wait {
  readonly headers: () => Record<string, string>
  readonly waitMs?: readonly [least: number, most: number]
}

const WAITS: Readonly<Record<string, Wait>> = {
  'no wait': { headers: () => ({}) },
  seconds: { headers: () => ({ 'retry-after': '7' }), waitMs: [7_000, 7_000] },
  date: { headers: () => ({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() }), waitMs: [1_000, 61_000] },
  'past date': { headers: () => ({ 'retry-after': new Date(0).toUTCString() }) },
  absurd: { headers: () => ({ 'retry-after': '99999999999' }) },
  negative: { headers: () => ({ 'retry-after': '-5' }) },
  nonsense: { headers: () => ({ 'retry-after': 'soon' }) },
}

function busy(): readonly Fault[] {
  return Object.entries(WAITS).map(([name, { headers, ...asks }]) =>
    fault(`429, ${name}`, false, (moment) => sayJson(moment, moment.dialect.tooMany('slow down'), 429, headers()), { means: BUSY, ...asks }),
  )
}

function serverErrors(): readonly Fault[] {
  return [500, 502, 503].flatMap((status) =>
    [false, true].map((effect) =>
      fault(`${effect ? 'effect-then-' : ''}${status}`, effect, (moment) => {
        if (status === 502) say(moment, page(502))
        else sayJson(moment, moment.dialect.serverError(status, 'failed'), status)
      }),
    ),
  )
}

function refusals(failures: readonly Failure[]): readonly Fault[] {
  return failures.map((failure) =>
    fault(`answer ${failure.name}`, false, (moment) => sayJson(moment, failure.body('no'), failure.status, failure.headers), { means: failure.means }),
  )
}

/** Every refusal again, each text of it hostile: escape sequences, commands, the keys, the request itself. */
function hostile(dialect: Dialect): readonly Fault[] {
  const loud = (name: string, status: number, means: Meaning, body: (words: string) => unknown): Fault =>
    fault(`hostile ${name}`, false, (moment) => sayJson(moment, body(wordsOf(moment)), status, ids(moment)), { means })
  return [
    ...dialect.failures.map(({ name, status, means, body }) => loud(name, status, means, body)),
    loud('429', 429, BUSY, dialect.tooMany),
    loud('500', 500, LOST, (words) => dialect.serverError(500, words)),
    // Words of others inside a good answer: the call goes on, and what it says must still be fit for a terminal.
    fault('hostile names', true, (moment) => sayJson(moment, hostileTexts(jsonOf(real(moment)), moment.dialect.freeText), real(moment).status), {
      means: always('done', 'unavailable', 'ambiguous', 'cannot-tell'),
    }),
  ]
}

/** Ids of requests that are no ids. */
function ids({ dialect, keys }: Moment): Record<string, string> {
  return Object.fromEntries(dialect.idHeaders.map((name) => [name, `::error::${keys[0] ?? ''}`]))
}

/** What a gateway says in the service's stead: nothing that the service would say. */
const GATEWAY: readonly Fault[] = [401, 403, 404, 409].map((status) =>
  fault(`gateway ${status}`, false, (moment) => say(moment, page(status)), {
    means: always('unauthorized', 'forbidden', 'not-found', 'conflict', 'rejected', 'refused', 'unavailable', 'ambiguous', 'cannot-tell'),
  }),
)

const PAGES: readonly Fault[] = [
  fault('empty-page', true, (moment) => sayJson(moment, moment.dialect.paging?.emptied(jsonOf(real(moment)))), { needs: 'later' }),
  fault('duplicate-page', true, (moment) => say(moment, moment.earlier.at(-1) ?? real(moment)), { needs: 'earlier' }),
  fault(
    'skipped-page',
    true,
    async (moment) => {
      const next = moment.dialect.paging?.next(moment.asked, jsonOf(real(moment))) ?? null
      say(moment, next === null ? real(moment) : await moment.ask(next))
    },
    { needs: 'later' },
  ),
]

/** Somebody changes what is theirs in the moment after we have looked: nothing of it may be lost. */
const EDITED = fault(
  'edited meanwhile',
  true,
  async (moment) => {
    await moment.meddle()
    say(moment, real(moment))
  },
  { needs: 'edit', means: always('done', 'conflict') },
)

/** Somebody puts a key of his into the slot in that moment: it is never written over. */
const OVERTAKEN: Fault = { ...EDITED, name: 'overtaken', needs: 'overtake', means: always('conflict') }

/** Every fault for a service that speaks like this. */
export function faultsFor(dialect: Dialect): readonly Fault[] {
  return [
    ...CONNECTION,
    ...SILENT,
    ...SPOILT,
    ...REDIRECTS,
    ...serverErrors(),
    ...busy(),
    ...refusals(dialect.failures),
    ...GATEWAY,
    ...hostile(dialect),
    ...(dialect.paging === undefined ? [] : PAGES),
    EDITED,
    OVERTAKEN,
  ]
}

function page(status: number): Answer {
  const text = `<html><script>alert(1)</script><title>${HOSTILE_TEXT}</title></html>`
  return { status, headers: { 'content-type': 'text/html' }, bytes: Buffer.from(text) }
}

function sayJson(moment: Moment, body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  const kept = Object.fromEntries(Object.entries(moment.answer?.headers ?? {}).filter(([name]) => /^date$|id$/i.test(name)))
  const all = { date: new Date().toUTCString(), 'content-type': moment.dialect.contentType, ...kept, ...headers }
  say(moment, { status, headers: all, bytes: Buffer.from((moment.dialect.encode ?? JSON.stringify)(body)) })
}

function jsonOf({ bytes }: Answer): Json {
  try {
    return JSON.parse(bytes.toString()) as Json
  } catch {
    return {}
  }
}
