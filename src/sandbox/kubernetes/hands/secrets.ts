/** What people and other controllers do to Secrets, behind the client's back. */
import { fingerprintOf } from '../../openai/keys.ts'
import { decoded, encoded } from '../api/base64.ts'
import { rowsOf, SECRETS } from '../api/resources.ts'
import type { Secret } from '../api/secret-rules.ts'
import type { Cluster } from '../cluster.ts'
import type { JsonObject, ObjectMeta, OwnerReference } from '../objects.ts'
import { type Address, NAMESPACE, type Objects } from './objects.ts'

export interface SecretWish extends Address {
  /** Plain values by key. */
  readonly data: Readonly<Record<string, string>>
  readonly type?: string
  readonly immutable?: boolean
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  readonly ownerReferences?: readonly OwnerReference[]
  /** Who is entered in its managed fields (default `kubectl-create`). */
  readonly manager?: string
}

type Changes = Readonly<Record<string, string | null>>

export interface SecretHands {
  addSecret(wish: SecretWish): void
  /** The plain value of a key, or `null` when the Secret has no such key. */
  secretValue(address: Address, key: string): string | null
  /** Its fingerprint, for comparison with what pods hold. */
  secretPrint(address: Address, key: string): string | null
  secretMetadata(address: Address): ObjectMeta
  /** Sets plain values; `null` takes a key out. */
  editSecret(address: Address, values: Changes, manager?: string): void
  /** Sets annotations; `null` takes one out. */
  annotateSecret(address: Address, annotations: Changes, manager?: string): void
  deleteSecret(address: Address): void
  /** A controller that puts the present value of a key back, so long (ms) after somebody changed it. Returns how to stop it. */
  putBack(address: Address, key: string, afterMs: number, manager?: string): () => void
}

export function secretHands(cluster: Cluster, objects: Objects): SecretHands {
  const secretValue = (address: Address, key: string): string | null => {
    const text = objects.find<Secret>(SECRETS, address).data?.[key]
    return text === undefined ? null : decoded(text)
  }
  const editSecret = (address: Address, values: Changes, manager = 'kubectl-edit'): void =>
    objects.edit(SECRETS, address, manager, (secret) => ({ ...secret, data: changed(secret['data'] as Values | undefined, values, encoded) }))
  return {
    addSecret: (wish) => objects.add(SECRETS, wish, secretOf(wish), wish.manager),
    secretValue,
    secretPrint(address, key) {
      const plain = secretValue(address, key)
      return plain === null ? null : fingerprintOf(plain)
    },
    secretMetadata: (address) => objects.find(SECRETS, address).metadata,
    editSecret,
    annotateSecret: (address, annotations, manager = 'kubectl-annotate') =>
      objects.edit(SECRETS, address, manager, (secret) => {
        const metadata = secret['metadata'] as JsonObject
        return { ...secret, metadata: { ...metadata, annotations: changed(metadata['annotations'] as Values | undefined, annotations, String) } }
      }),
    deleteSecret: (address) => objects.remove(SECRETS, address),
    putBack(address, key, afterMs, manager = 'external-secrets') {
      const wanted = secretValue(address, key)
      const { namespace = NAMESPACE, name } = address
      return cluster.store.subscribe(({ resource, object: { metadata }, type }) => {
        if (resource !== rowsOf(SECRETS) || type !== 'MODIFIED' || metadata.name !== name || metadata.namespace !== namespace) return
        const isThere = (): boolean => cluster.store.get(resource, namespace, name) !== undefined
        const act = (): void => (isThere() ? editSecret(address, { [key]: wanted }, manager) : undefined)
        if (secretValue(address, key) !== wanted) setTimeout(act, afterMs).unref()
      })
    },
  }
}

type Values = Record<string, string>

function changed(held: Values | undefined, changes: Changes, form: (plain: string) => string): Values {
  const kept = Object.entries(held ?? {}).filter(([name]) => changes[name] !== null)
  const set = Object.entries(changes).flatMap(([name, plain]) => (plain === null ? [] : [[name, form(plain)] as const]))
  return { ...Object.fromEntries(kept), ...Object.fromEntries(set) }
}

function secretOf({ name, data, type, immutable, labels, annotations, ownerReferences }: SecretWish): JsonObject {
  const said = (members: Record<string, unknown>): JsonObject =>
    Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as JsonObject
  return said({ metadata: said({ name, labels, annotations, ownerReferences }), type, immutable, data: changed({}, data, encoded) })
}
