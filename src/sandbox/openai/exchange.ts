/** One request and one answer, free of sockets: what routes work on. */
export interface ApiRequest {
  readonly method: string
  /** Below `/v1`, decoded: `/organization/projects/…`. */
  readonly path: string
  readonly query: URLSearchParams
  /** Parsed JSON, or `undefined` when there was none. */
  readonly body: Record<string, unknown> | undefined
  /** The bearer value, or `null`. */
  readonly key: string | null
}

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
  /** What this request changed, in words for the log; `null` = nothing. */
  readonly effect: string | null
}

export function ok(body: unknown, effect: string | null = null): ApiAnswer {
  return { status: 200, body, effect }
}

/** Every value of a query parameter, written `name=` or `name[]=`. */
export function listOf(query: URLSearchParams, name: string): string[] {
  return [...query.getAll(name), ...query.getAll(`${name}[]`)]
}
