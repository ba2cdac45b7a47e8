/** Since when pods are ready: workloads with `minReadySeconds` count a pod as available only after it has been for so long. */
import type { Cluster } from '../cluster.ts'
import { isReady, type Pod } from '../workloads.ts'

export class Availability {
  readonly #cluster: Cluster
  readonly #since = new Map<string, number>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  /** To be told of every change of a pod. */
  saw(pod: Pod, gone: boolean): void {
    const { uid } = pod.metadata
    if (gone || !isReady(pod)) this.#since.delete(uid)
    else if (!this.#since.has(uid)) this.#since.set(uid, performance.now())
  }

  /** How long (ms) until the pod counts as available: 0 when it does, infinite while it is not ready. */
  remaining(pod: Pod, minReadySeconds = 0): number {
    if (!isReady(pod)) return Infinity
    const since = this.#since.get(pod.metadata.uid) ?? performance.now()
    return Math.max(0, since + minReadySeconds * this.#cluster.options.secondMs - performance.now())
  }

  isAvailable(pod: Pod, minReadySeconds?: number): boolean {
    return this.remaining(pod, minReadySeconds) === 0
  }
}
