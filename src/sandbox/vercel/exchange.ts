/** One request and one answer, free of sockets: what routes work on; and the API's way to refuse. */

export type Json = Readonly<Record<string, unknown>>

export interface ApiRequest {
  readonly method: string
  /** Decoded: `/v10/projects/…`. */
  readonly path: string
  readonly query: URLSearchParams
  /** Parsed JSON: an object, a list, or `undefined` when there was none. */
  readonly body: unknown
  /** The bearer value, or `null`. */
  readonly token: string | null
}

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
  /** What this request changed, in words for the log; `null` = nothing. */
  readonly effect: string | null
  readonly headers?: Readonly<Record<string, string>>
}

export function ok(body: unknown, effect: string | null = null, status = 200): ApiAnswer {
  return { status, body, effect }
}

/** An answer other than 2xx: `{error: {code, message, …}}`. */
export class ApiFailure extends Error {
  readonly status: number
  readonly code: string
  readonly more: Json
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, more: Json = {}, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.more = more
    this.headers = headers
  }

  get answer(): ApiAnswer {
    return { status: this.status, body: { error: { code: this.code, message: this.message, ...this.more } }, effect: null, headers: this.headers }
  }
}

export const badRequest = (message: string, more: Json = {}): ApiFailure => new ApiFailure(400, 'bad_request', message, more)
export const notFound = (what: string): ApiFailure => new ApiFailure(404, 'not_found', `${what} not found.`)
export const forbidden = (message = 'Not authorized', more: Json = {}): ApiFailure => new ApiFailure(403, 'forbidden', message, more)

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first member that nobody asked for: bodies are closed, as published. */
export function refuseExtra(body: Json, known: readonly string[]): void {
  const extra = Object.keys(body).find((name) => !known.includes(name))
  if (extra !== undefined) throw badRequest(`Invalid request: should NOT have additional property \`${extra}\`.`)
}
