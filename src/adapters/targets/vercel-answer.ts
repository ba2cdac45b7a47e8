/** What keyrot keeps of an answer of Vercel. */
import type { Ms } from '../../domain/duration.ts'

export interface Answer {
  readonly status: number
  /** Parsed JSON, or `undefined` where the body was none. */
  readonly body: unknown
  /** Vercel's clock, from the Date header (whole seconds); ours where it does not say. */
  readonly serverTime: Ms
  readonly retryAfterMs: Ms | null
  readonly requestId: string | null
}
