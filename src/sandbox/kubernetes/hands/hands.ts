/** The tests' own hands in the cluster: what its people, its other controllers and its accidents would do. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Rule } from '../access.ts'
import { NAMESPACES, PODS, rowsOf } from '../api/resources.ts'
import type { Cluster } from '../cluster.ts'
import type { Controllers } from '../controllers/controllers.ts'
import type { Kubelet } from '../nodes/kubelet.ts'
import { type Tunable, tunable } from '../options.ts'
import { isReady, isTerminating, type Pod } from '../workloads.ts'
import { objectsOf } from './objects.ts'
import { type SecretHands, secretHands } from './secrets.ts'
import { type WorkloadHands, workloadHands } from './workloads.ts'

export type { Address } from './objects.ts'
export type { SecretWish } from './secrets.ts'
export type { Consumption, CronWish, RunWish, Way, WorkloadWish } from './wishes.ts'
export type { PodView, WorkloadAddress } from './workloads.ts'

export interface Hands extends SecretHands, WorkloadHands {
  /** Changes behaviour while it runs. */
  tune(change: Tunable): void
  addNamespace(name: string): void
  /** Lets a token in with these rules, or changes the rules of one that is known. */
  grant(token: string, user: string, rules: readonly Rule[]): void
  /** The token is answered 401 from now on. */
  revoke(token: string): void
  /** From now on every get and list answers as of this moment, until what is returned is called. Writes go on. */
  holdReads(): () => void
  /** Forgets every earlier revision: pages begun and watches to be resumed are expired. */
  forgetHistory(): void
  /** Every look that a controller would take later is taken now. */
  look(): void
  /** Resolves when every pod that can come up or go has, and no controller has work left. Rejects after `withinMs`. */
  settled(withinMs?: number): Promise<void>
}

const SETTLE_MS = 15

/** Every name without a namespace is in `default`. Throws a plain error in one sentence when something is not there. */
export function handsOf(cluster: Cluster, kubelet: Kubelet, controllers: Controllers): Hands {
  const objects = objectsOf(cluster)
  const isAtRest = (pod: Pod): boolean => !isTerminating(pod) && (isReady(pod) || pod.status.phase === 'Succeeded')
  return {
    ...secretHands(cluster, objects),
    ...workloadHands(cluster, kubelet, objects),
    tune(change) {
      cluster.options = { ...cluster.options, ...tunable(change as Record<string, unknown>) }
    },
    addNamespace: (name) => objects.add(NAMESPACES, { name }, { metadata: { name } }),
    grant: (token, user, rules) => cluster.access.grant(token, user, rules),
    revoke: (token) => cluster.access.revoke(token),
    holdReads() {
      cluster.heldAt = cluster.store.revision
      return () => {
        cluster.heldAt = null
      }
    },
    forgetHistory: () => cluster.store.forget(),
    look: () => controllers.lookNow(),
    async settled(withinMs = 20_000) {
      const end = performance.now() + withinMs
      while (controllers.isBusy || !(cluster.store.list(rowsOf(PODS)) as Pod[]).every(isAtRest)) {
        if (performance.now() > end) throw new Error('the cluster did not settle in time')
        await pause(SETTLE_MS)
      }
    },
  }
}
