/** The tests' own hands in the embedded AWS: what a person at the console, another program or the passing of time would do. */
import { createHash, randomUUID } from 'node:crypto'
import { attach, CURRENT } from './labels.ts'
import type { Meddler } from './meddling.ts'
import type { AwsOptions } from './options.ts'
import { addVersion } from './operations/values.ts'
import { Secret, type Value } from './secrets.ts'
import type { Desk } from './server.ts'

/** A version as tests see it. The value itself comes from `value()` only. */
export interface VersionView {
  readonly id: string
  readonly labels: readonly string[]
  readonly createdAt: number
  readonly fingerprint: string
}

export interface SecretView {
  readonly name: string
  readonly arn: string
  readonly changedAt: number
  readonly deletedAt: number | null
  /** Oldest first, those without labels included. */
  readonly versions: readonly VersionView[]
}

export interface SecretWish {
  readonly name: string
  /** Without a value the secret has no version. */
  readonly value?: string | Buffer
  readonly region?: string
  readonly kmsKeyId?: string
  readonly owningService?: string
  readonly replicas?: readonly string[]
}

/** What can be switched on a secret by hand. */
export interface Switches {
  readonly rotation?: boolean
  readonly owningService?: string
  readonly kmsKeyId?: string
}

export type AwsTunable = Partial<Omit<AwsOptions, 'port' | 'account' | 'principals' | 'clock'>>

/** Secrets are named by name or ARN, in the region of the options unless told otherwise. */
export interface AwsHands {
  now(): number
  /** Moves the sandbox's clock forward (ms). */
  advance(ms: number): void
  tune(change: AwsTunable): void
  /** Makes a secret; gives its ARN. */
  create(wish: SecretWish): string
  /** Adds a version, current unless other labels are named; gives its id. */
  put(secret: string, value: string | Buffer, labels?: readonly string[]): string
  /** Puts a label on a version, wherever it was. */
  label(secret: string, label: string, version: string): void
  /** Takes a label off. AWSCURRENT too: tests may make what AWS would not. */
  unlabel(secret: string, label: string): void
  set(secret: string, switches: Switches): void
  /** Holds a replica at a status; `null` lets it follow the clock again. */
  replica(secret: string, region: string, status: 'InSync' | 'Failed' | 'InProgress' | null): void
  /** Schedules deletion in so many days; `null` calls it off. */
  scheduleDeletion(secret: string, days: number | null): void
  view(secret: string): SecretView
  /** The text of the version with this label (default AWSCURRENT), or of this version id; `null` where there is none or it is binary. */
  value(secret: string, which?: string): string | null
  addRole(arn: string): void
  /** Takes an action away from everyone (`secretsmanager:PutSecretValue`, `sts:AssumeRole`), or gives it back. */
  deny(action: string): void
  permit(action: string): void
  /** Decides the fate of every request from now on; `null` lets them all pass. */
  meddle(meddler: Meddler | null): void
}

export function handsOf(desk: Desk): AwsHands {
  const { world, principals } = desk
  const find = (id: string): Secret => {
    const region = /^arn:aws:secretsmanager:([^:]+):/.exec(id)?.[1] ?? world.options.region
    const found = world.region(region).find(id)
    if (found === undefined) throw new Error('the sandbox has no secret of this name')
    return found
  }
  const touch = (id: string): Secret => {
    const secret = find(id)
    secret.changedAt = world.now()
    return secret
  }
  return {
    now: () => world.now(),
    advance: (ms) => {
      if (!Number.isFinite(ms)) throw new Error('time moves by a number of milliseconds')
      world.offset += ms
    },
    tune: (change) => {
      world.options = { ...world.options, ...change }
    },
    create: (wish) => createByHand(desk, wish),
    put: (id, value, labels = [CURRENT]) => addVersion(world, find(id), randomUUID(), valueFrom(value), labels).id,
    label: (id, label, version) => {
      const secret = touch(id)
      attach(secret, secret.version(version), label, world.now())
    },
    unlabel: (id, label) => {
      touch(id).labelled(label)?.labels.delete(label)
    },
    set: (id, switches) => {
      Object.assign(touch(id), switches)
    },
    replica: (id, region, status) => {
      const replica = find(id).replicas.find((known) => known.region === region)
      if (replica === undefined) throw new Error('the secret has no replica there')
      replica.status = status
    },
    scheduleDeletion: (id, days) => {
      touch(id).deletedAt = days === null ? null : world.now() + days * 86_400_000
    },
    view: (id) => viewOf(find(id)),
    value: (id, which = CURRENT) => {
      const secret = find(id)
      const value = (secret.labelled(which) ?? secret.versions.get(which))?.value()
      return value !== undefined && 'text' in value ? value.text : null
    },
    addRole: (arn) => principals.addRole(arn),
    deny: (action) => principals.deny(action),
    permit: (action) => principals.permit(action),
    meddle: (meddler) => {
      desk.meddler = meddler
    },
  }
}

function createByHand({ world }: Desk, wish: SecretWish): string {
  const region = wish.region ?? world.options.region
  if (world.region(region).find(wish.name) !== undefined) throw new Error('the sandbox has a secret of this name already')
  const secret = new Secret(wish.name, region, world.options.account, world.now())
  secret.kmsKeyId = wish.kmsKeyId
  secret.owningService = wish.owningService
  secret.replicas.push(...(wish.replicas ?? []).map((name) => ({ region: name, status: null })))
  if (wish.value !== undefined) addVersion(world, secret, randomUUID(), valueFrom(wish.value), [CURRENT])
  world.region(region).add(secret)
  return secret.arn
}

function valueFrom(value: string | Buffer): Value {
  return typeof value === 'string' ? { text: value } : { bytes: value }
}

function viewOf(secret: Secret): SecretView {
  const { name, arn, changedAt, deletedAt } = secret
  const versions = [...secret.versions.values()].map((version) => {
    const value = version.value()
    const fingerprint = createHash('sha256')
      .update('text' in value ? value.text : value.bytes)
      .digest('hex')
      .slice(0, 12)
    return { id: version.id, labels: version.stages, createdAt: version.createdAt, fingerprint }
  })
  return { name, arn, changedAt, deletedAt, versions }
}
