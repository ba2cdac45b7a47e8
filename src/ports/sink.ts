/** The sink port: where notices go. A sink never holds up a run, and what it answers changes nothing. */
import type { Notice } from '../domain/notice.ts'

export interface Sink {
  /** The block's name in the config. */
  readonly name: string
  readonly type: string
  /** Whether this sink wants notices of this kind. */
  wants(notice: Notice): boolean
  /** Sends one notice once; throws a KeyrotError when it was not taken. */
  send(notice: Notice): Promise<void>
}
