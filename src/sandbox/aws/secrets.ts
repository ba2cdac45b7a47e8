/** One secret and its versions. Values live in private fields, so that nothing that prints a secret prints them. */
import { createHash, randomInt } from 'node:crypto'
import { versionNotFound } from './errors.ts'

export type Value = { readonly text: string } | { readonly bytes: Buffer }

export class Version {
  readonly id: string
  readonly createdAt: number
  readonly labels = new Set<string>()
  accessedAt: number | null = null
  readonly #value: Value

  constructor(id: string, value: Value, createdAt: number) {
    this.id = id
    this.#value = value
    this.createdAt = createdAt
  }

  /** The value, for the one answer that carries it. */
  value(): Value {
    return this.#value
  }

  holds(value: Value): boolean {
    return digestOf(this.#value) === digestOf(value)
  }

  /** Labels as answers list them: sorted. */
  get stages(): string[] {
    return [...this.labels].toSorted()
  }
}

export interface Replica {
  readonly region: string
  /** `null`: as the clock says. */
  status: 'InSync' | 'Failed' | 'InProgress' | null
}

export class Secret {
  readonly name: string
  readonly arn: string
  readonly createdAt: number
  changedAt: number
  accessedAt: number | null = null
  deletedAt: number | null = null
  description: string | undefined
  kmsKeyId: string | undefined
  owningService: string | undefined
  rotation = false
  readonly tags = new Map<string, string>()
  readonly replicas: Replica[] = []
  readonly versions = new Map<string, Version>()
  /** Where AWSCURRENT has been, oldest first: what a read by default saw some time ago. */
  readonly past: { readonly at: number; readonly id: string }[] = []

  constructor(name: string, region: string, account: string, now: number) {
    this.name = name
    this.arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix()}`
    this.createdAt = now
    this.changedAt = now
  }

  version(id: string): Version {
    const found = this.versions.get(id)
    if (found === undefined) throw versionNotFound(`VersionId: ${id}`)
    return found
  }

  /** The version that bears the label now. */
  labelled(label: string): Version | undefined {
    return [...this.versions.values()].find((version) => version.labels.has(label))
  }
}

/** The secrets of one region. A name of a deleted secret is taken until it is gone for good. */
export class Region {
  readonly #secrets = new Set<Secret>()
  readonly #byId = new Map<string, Secret>()

  add(secret: Secret): void {
    this.#secrets.add(secret)
    for (const id of idsOf(secret)) this.#byId.set(id, secret)
  }

  remove(secret: Secret): void {
    this.#secrets.delete(secret)
    for (const id of idsOf(secret)) this.#byId.delete(id)
  }

  all(): readonly Secret[] {
    return [...this.#secrets]
  }

  /** By name, by ARN, or by an ARN without its random suffix. */
  find(id: string): Secret | undefined {
    return this.#byId.get(id)
  }
}

function idsOf({ name, arn }: Secret): readonly string[] {
  return [name, arn, arn.slice(0, -7)]
}

function digestOf(value: Value): string {
  const hash = createHash('sha256')
  return 'text' in value ? hash.update('text').update(value.text).digest('hex') : hash.update('bytes').update(value.bytes).digest('hex')
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function suffix(): string {
  return Array.from({ length: 6 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}
