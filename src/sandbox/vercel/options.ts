/** What the embedded Vercel can be told to be. Every delay has a non-zero default: a client that assumes an instant cloud fails here first. */

/** One deployment that takes production traffic, with the values it was built with. */
export interface Unit {
  readonly deployment: string
  readonly env: Record<string, string>
}

/** Told when production traffic moves: whoever runs consumers starts and stops them here. */
export interface Runtime {
  serving(unit: Unit): void
  stopped(deployment: string): void
}

export interface VercelOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** The bearer token; one is drawn when absent. */
  readonly token: string | null
  /** Whether projects belong to a team (calls then need `teamId` or `slug`) or to a person. */
  readonly team: boolean
  /** How long a deployment waits before anything happens (ms) … */
  readonly queueMs: number
  /** … is prepared … */
  readonly initMs: number
  /** … and builds. The values of variables are taken at the beginning of this. */
  readonly buildMs: number
  /** From READY until its domains point to it (ms). */
  readonly aliasMs: number
  /** From a deploy hook's answer until its deployment exists (ms). */
  readonly hookMs: number
  /** How long a change of variables takes (ms of the real clock); a second one meanwhile is refused, as published. */
  readonly writeMs: number
  /** Extra time before every answer (ms of the real clock). */
  readonly latencyMs: number
  /** What the SDK's text says and the documentation denies: a redeployment keeps the values of its source. */
  readonly redeployKeepsValues: boolean
  /** The team's policy: every new variable of production and preview becomes `sensitive`. */
  readonly forceSensitive: boolean
  /** Whether this token may read values. */
  readonly showValues: boolean
  /** Listings of variables come in pages of this size; `null` = whole. */
  readonly envPage: number | null
  /** The clock under the sandbox's own offset: Unix ms. Tests may hold it still. */
  readonly clock: () => number
  readonly runtime: Runtime | null
}

export const DEFAULTS: VercelOptions = {
  port: 0,
  token: null,
  team: true,
  queueMs: 100,
  initMs: 100,
  buildMs: 300,
  aliasMs: 200,
  hookMs: 150,
  writeMs: 15,
  latencyMs: 0,
  redeployKeepsValues: false,
  forceSensitive: false,
  showValues: true,
  envPage: null,
  clock: Date.now,
  runtime: null,
}

/** The options that may be changed while the sandbox runs. */
export type Tunable = Partial<Omit<VercelOptions, 'port' | 'token' | 'team' | 'clock' | 'runtime'>>
