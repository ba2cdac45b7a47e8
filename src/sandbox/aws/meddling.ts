/** The tests' hand in the wire: what becomes of one request, decided when it arrives. */

export interface Call {
  /** Counts every request since the start, from 1. */
  readonly seq: number
  readonly service: 'secretsmanager' | 'sts'
  readonly operation: string
  /** The request's own members, values included: for tests that judge requests. */
  readonly input: Readonly<Record<string, unknown>>
}

/** `cut-before`: the connection ends and nothing happened. `cut-after`: it took effect, the answer is lost. */
export type Fate =
  | 'answer'
  | 'cut-before'
  | 'cut-after'
  | { readonly type: string; readonly status?: number; readonly message?: string }
  /** It takes effect; the client gets these bytes with 200. */
  | { readonly body: string }

/** May act on the world before it decides: what somebody else does between two requests of a client. */
export type Meddler = (call: Call) => Fate | Promise<Fate>
