/** Which request meets which fault. What a fault does to the wire is in `wire.ts`, to the answer in `distort.ts`. */
import type { ApiRequest } from './exchange.ts'

/** Nothing happens in the cloud. `refuse` and `reset-before-headers`: the connection is reset. */
const BEFORE_EFFECT = [
  'refuse',
  'reset-before-headers',
  'never-answers',
  'error',
  'redirect',
  'hostile-text',
  'huge-body',
  'gzip-bomb',
  'missing-page',
] as const

/** The request takes effect, and its answer is spoilt. */
const AFTER_EFFECT = [
  'effect-then-reset',
  'effect-then-timeout',
  'effect-then-error',
  'reset-mid-body',
  'malformed-json',
  'wrong-type',
  'wrong-length',
  'slow-drip',
  'duplicate-page',
  'skipped-page',
] as const

/** What a fault may do. */
export const FAULT_KINDS = [...BEFORE_EFFECT, ...AFTER_EFFECT] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

/** Whether a request that meets it changes nothing. */
export function isBeforeEffect(kind: FaultKind): boolean {
  return (BEFORE_EFFECT as readonly FaultKind[]).includes(kind)
}

/** A fault as tests and flags write it. `'503'` and `'effect-then-503'` are short for `error` and `effect-then-error` with that status. */
export interface FaultRule {
  readonly kind: FaultKind | `${number}` | `effect-then-${number}`
  readonly match?: {
    readonly method?: string
    /** Regular expression over the path below `/v1`. */
    readonly path?: string
    /** Only calls that bear the key of this fingerprint. */
    readonly key?: string
  }
  /** How many requests meet it (default 1); `-1` = all. */
  readonly times?: number
  /** How many matching requests pass unharmed first (default 0). */
  readonly skip?: number
  readonly status?: number
  /** Name of an answer in `NAMED_FAILURES`: `ip-not-allowed`, `quota`, … */
  readonly as?: string
  /** Error text, code and type of `error` kinds. */
  readonly message?: string
  readonly code?: string | null
  readonly type?: string
  /** `Retry-After`: seconds as text, or `date`, `absurd`, `negative`. */
  readonly retryAfter?: string
  /** Size of `huge-body` and unpacked size of `gzip-bomb` (default 50 MiB). */
  readonly bytes?: number
  /** Pause between two bytes of `slow-drip` (default 100 ms). */
  readonly everyMs?: number
  /** Where `redirect` points (default: a path of the sandbox that is not there). */
  readonly location?: string
}

/** A rule with its wishes spelled out. */
export interface Fault extends FaultRule {
  readonly id: number
  readonly kind: FaultKind
}

interface Armed {
  readonly fault: Fault
  skip: number
  left: number
  hits: number
}

export interface FaultState {
  readonly id: number
  readonly kind: FaultKind
  readonly left: number
  readonly hits: number
}

/** Faults whose meaning needs a later page of a list. */
const LATER_PAGE = new Set<FaultKind>(['duplicate-page', 'skipped-page'])

/** The faults in force, oldest first; the first that fits a request is used up by it. */
export class Faults {
  readonly #armed: Armed[] = []
  #next = 1

  /** Puts a fault in force. Throws a plain error in one sentence when the rule makes no sense. */
  add(rule: FaultRule): number {
    const fault: Fault = { ...normalised(rule), id: this.#next++ }
    this.#armed.push({ fault, skip: rule.skip ?? 0, left: rule.times === undefined ? 1 : rule.times < 0 ? Infinity : rule.times, hits: 0 })
    return fault.id
  }

  clear(): void {
    this.#armed.length = 0
  }

  /** The fault that this request meets, counted as used. */
  take(request: ApiRequest, fingerprint: string | null): Fault | null {
    for (const armed of this.#armed) {
      if (armed.left <= 0 || !fits(armed.fault, request, fingerprint)) continue
      if (armed.skip > 0) {
        armed.skip -= 1
        continue
      }
      armed.left -= 1
      armed.hits += 1
      return armed.fault
    }
    return null
  }

  /** For tests that must know that a fault was met. `left` is -1 for faults without end. */
  states(): FaultState[] {
    return this.#armed.map(({ fault, left, hits }) => ({ id: fault.id, kind: fault.kind, left: left === Infinity ? -1 : left, hits }))
  }
}

/** Reads a fault from a flag: `KIND[*TIMES] [METHOD] [PATH-REGEX]`, for example `effect-then-reset*2 POST /api_keys$`. */
export function parseFault(text: string): FaultRule {
  const [head = '', ...rest] = text.trim().split(/\s+/)
  const [kind = '', times] = head.split('*')
  const method = rest[0] !== undefined && /^[A-Z]+$/.test(rest[0]) ? rest.shift() : undefined
  const path = rest.join(' ')
  const match = { ...(method === undefined ? {} : { method }), ...(path === '' ? {} : { path }) }
  const rule = { kind: kind as FaultRule['kind'], match, ...(times === undefined ? {} : { times: Number(times) }) }
  normalised(rule)
  return rule
}

function normalised(rule: FaultRule): FaultRule & { kind: FaultKind } {
  const short = /^(effect-then-)?(\d{3})$/.exec(String(rule.kind))
  const kind = short === null ? rule.kind : short[1] === undefined ? 'error' : 'effect-then-error'
  if (!FAULT_KINDS.some((known) => known === kind)) throw new Error(`unknown fault kind; known: ${FAULT_KINDS.join(', ')}, or a status such as 503`)
  if (rule.times !== undefined && !Number.isInteger(rule.times)) throw new Error('the times of a fault must be a whole number')
  if (rule.match?.path !== undefined) new RegExp(rule.match.path)
  return { ...rule, kind: kind as FaultKind, ...(short === null ? {} : { status: Number(short[2]) }) }
}

function fits(fault: Fault, request: ApiRequest, fingerprint: string | null): boolean {
  const { method, path, key } = fault.match ?? {}
  if (method !== undefined && method.toUpperCase() !== request.method) return false
  if (path !== undefined && !new RegExp(path).test(request.path)) return false
  if (key !== undefined && key !== fingerprint) return false
  return !LATER_PAGE.has(fault.kind) || request.query.has('after')
}
