/** What the embedded Secrets Manager remembers, by region, and what time it is there. */
import type { AwsOptions } from './options.ts'
import { markedDeleted, secretNotFound } from './errors.ts'
import { Region, type Secret } from './secrets.ts'

export class World {
  options: AwsOptions
  offset = 0
  readonly #regions = new Map<string, Region>()

  constructor(options: AwsOptions) {
    this.options = options
  }

  /** The sandbox's own time, Unix ms. */
  now(): number {
    return this.options.clock() + this.offset
  }

  region(name: string): Region {
    const found = this.#regions.get(name) ?? new Region()
    this.#regions.set(name, found)
    return found
  }
}

/** One request as an operation sees it. */
export interface Visit {
  readonly world: World
  readonly region: string
  readonly input: Readonly<Record<string, unknown>>
}

/** What an operation gives back: the answer's members, and what changed, in words for the log (`null` = nothing). */
export interface Outcome {
  readonly body: Readonly<Record<string, unknown>>
  readonly effect: string | null
}

export type Operation = (visit: Visit) => Outcome

/** The secret that the request names. */
export function secretOf(visit: Visit): Secret {
  const found = visit.world.region(visit.region).find(String(visit.input['SecretId']))
  if (found === undefined) throw secretNotFound()
  return found
}

/** The same, if it is not waiting for its deletion. */
export function liveSecretOf(visit: Visit): Secret {
  const secret = secretOf(visit)
  if (secret.deletedAt !== null) throw markedDeleted()
  return secret
}

/** A member that is text, if it was given. */
export function textOf(visit: Visit, name: string): string | undefined {
  const given = visit.input[name]
  return typeof given === 'string' ? given : undefined
}

/** Times as the protocol writes them: seconds with a fraction. */
export function seconds(at: number): number {
  return at / 1000
}
