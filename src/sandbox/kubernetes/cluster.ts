/** The memory of the embedded cluster, and what every part of it needs to know of the others. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Access } from './access.ts'
import { timestamp } from './objects.ts'
import type { KubernetesOptions } from './options.ts'
import { Store } from './store.ts'

const SAFE = 'bcdfghjklmnpqrstvwxz2456789'

export class Cluster {
  options: KubernetesOptions
  readonly store = new Store()
  readonly access = new Access()
  /** While set, reads answer as of this revision: what a cache that lags would say. */
  heldAt: number | null = null
  /** `Kind/namespace/name` of workloads whose pods do not become ready. */
  readonly hung = new Set<string>()

  constructor(options: KubernetesOptions) {
    this.options = options
  }

  /** The cluster's time as objects bear it. */
  now(): string {
    return timestamp(this.options.clock())
  }

  newUid(): string {
    return randomUUID()
  }

  /** The random end of a generated name: five letters that spell no word. */
  newSuffix(length = 5): string {
    return Array.from(randomBytes(length), (byte) => SAFE[byte % SAFE.length]).join('')
  }
}
