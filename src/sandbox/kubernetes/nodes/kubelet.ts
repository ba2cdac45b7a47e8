/** The nodes: start pods, keep them, and let them go only after their time. */
import { PODS, rowsOf, SECRETS } from '../api/resources.ts'
import { fingerprintOf } from '../../openai/keys.ts'
import type { Cluster } from '../cluster.ts'
import { writeSpec, writeStatus } from '../controllers/writes.ts'
import { controllerOf, type KubeObject, sameJson } from '../objects.ts'
import type { StoreEvent } from '../store.ts'
import { isReady, isTerminating, type Pod } from '../workloads.ts'
import { environmentOf, filesOf, fixedPaths, mountedSecrets, NotStartable } from './mounts.ts'
import { running, succeeded, waiting } from './pod-status.ts'
import type { RunningPod, Runtime } from './runtime.ts'

interface Alive {
  pod: RunningPod
  /** Whether its runtime has let it serve. */
  serves: boolean
  /** Whether its runtime has been told to end it. */
  ended: boolean
}

const KUBELET = 'kubelet'

export class Kubelet {
  readonly #cluster: Cluster
  readonly #runtime: Runtime | undefined
  readonly #alive = new Map<string, Alive>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #stop: () => void
  #starts = 0

  constructor(cluster: Cluster, runtime: Runtime | undefined) {
    this.#cluster = cluster
    this.#runtime = runtime
    this.#stop = cluster.store.subscribe((event) => this.#saw(event))
  }

  /** Stops everything at once; the runtime is told of every pod that ran. */
  stop(): void {
    this.#stop()
    for (const timer of this.#timers) clearTimeout(timer)
    for (const [uid, { pod, ended }] of this.#alive) if (!ended) void this.#runtime?.stopped(pod.name, uid)
    this.#alive.clear()
  }

  /** What a pod holds, as fingerprints; empty before it runs. */
  holds(uid: string): { readonly env: Record<string, string>; readonly files: Record<string, string> } {
    const { env = {}, files = {} } = this.#alive.get(uid)?.pod ?? {}
    const prints = (values: Record<string, string>) => Object.fromEntries(Object.entries(values).map(([name, text]) => [name, fingerprintOf(text)]))
    return { env: prints(env), files: prints(files) }
  }

  /** Looks again at who may serve: to be called when a hung workload is let go. */
  recheck(): void {
    for (const [uid] of this.#alive) this.#readiness(uid)
  }

  /** Ends the work of a pod well, as that of a Job ends. */
  finish(pod: Pod): void {
    this.#forget(pod)
    writeStatus(this.#cluster, PODS, pod, succeeded(pod, this.#cluster.now()), undefined, KUBELET)
  }

  #saw({ resource, type, object, previous }: StoreEvent): void {
    if (resource === rowsOf(SECRETS) && type === 'MODIFIED') this.#later(this.#cluster.options.volumeRefreshMs, () => this.#refresh(object))
    if (resource !== rowsOf(PODS)) return
    const pod = object as Pod
    if (type === 'ADDED') this.#later(this.#cluster.options.podStartMs, () => this.#start(pod.metadata.uid, pod))
    if (type === 'DELETED') this.#forget(pod)
    if (type === 'MODIFIED' && isTerminating(pod) && previous?.metadata.deletionTimestamp === undefined) {
      const grace = this.#alive.has(pod.metadata.uid) ? this.#cluster.options.terminationMs : 0
      this.#later(grace, () => this.#remove(pod))
    }
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, ms)
    timer.unref()
    this.#timers.add(timer)
  }

  #current({ metadata }: Pod): Pod | undefined {
    const now = this.#cluster.store.get(rowsOf(PODS), metadata.namespace, metadata.name)
    return now?.metadata.uid === metadata.uid ? (now as Pod) : undefined
  }

  #start(uid: string, given: Pod): void {
    const pod = this.#current(given)
    if (pod === undefined || isTerminating(pod) || this.#alive.has(uid)) return
    const again = (): void => this.#later(Math.max(20, this.#cluster.options.podStartMs), () => this.#start(uid, pod))
    if (!this.#cluster.options.podsStart) return again()
    try {
      const { name, namespace = '' } = pod.metadata
      const alive: Alive = {
        pod: { name, namespace, uid, env: environmentOf(this.#cluster, pod), files: filesOf(this.#cluster, pod) },
        serves: false,
        ended: false,
      }
      this.#alive.set(uid, alive)
      this.#starts += 1
      this.#place(pod)
      this.#report(pod, running(pod, this.#cluster.now(), false, `10.1.${(this.#starts >> 8) & 255}.${this.#starts & 255}`))
      const serve = (): void => {
        alive.serves = true
        this.#readiness(uid)
      }
      void new Promise<void>((resolve) => resolve(this.#runtime?.started(alive.pod))).then(
        () => this.#later(this.#cluster.options.podReadyMs, serve),
        () => undefined,
      )
    } catch (error) {
      if (!(error instanceof NotStartable)) throw error
      this.#report(pod, waiting(pod, this.#cluster.now(), error.reason, error.message))
      again()
    }
  }

  #place(pod: Pod): void {
    const node = `node-${(this.#starts % this.#cluster.options.nodes) + 1}`
    if (pod.spec.nodeName === undefined) writeSpec(this.#cluster, PODS, pod, { nodeName: node })
  }

  #report(pod: Pod, status: Pod['status']): void {
    writeStatus(this.#cluster, PODS, pod, status, undefined, KUBELET)
  }

  #readiness(uid: string): void {
    const alive = this.#alive.get(uid)
    const pod = alive === undefined ? undefined : (this.#cluster.store.get(rowsOf(PODS), alive.pod.namespace, alive.pod.name) as Pod | undefined)
    if (alive === undefined || pod === undefined || pod.metadata.uid !== uid || isTerminating(pod)) return
    // a hung workload keeps what already serves; what starts from now on does not come up
    const serves = alive.serves && (isReady(pod) || !this.#isHung(pod))
    if (serves !== isReady(pod)) this.#report(pod, running(pod, this.#cluster.now(), serves, String(pod.status['podIP'])))
  }

  /** Whether the workload at the top of the pod's owners is told to hang. */
  #isHung(object: KubeObject): boolean {
    const owner = controllerOf(object)
    if (this.#cluster.hung.has(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`)) return true
    if (owner === undefined) return false
    const above = this.#cluster.store.get(`${owner.kind.toLowerCase()}s.${owner.apiVersion.split('/')[0] ?? ''}`, object.metadata.namespace, owner.name)
    return above !== undefined && this.#isHung(above)
  }

  #refresh({ metadata }: KubeObject): void {
    for (const [uid, alive] of this.#alive) {
      const pod = this.#cluster.store.get(rowsOf(PODS), alive.pod.namespace, alive.pod.name) as Pod | undefined
      if (pod?.metadata.uid !== uid || alive.pod.namespace !== metadata.namespace || !mountedSecrets(pod).has(metadata.name)) continue
      const files = this.#renewed(alive.pod, pod)
      if (sameJson(files, alive.pod.files)) continue
      alive.pod = { ...alive.pod, files }
      this.#runtime?.refreshed?.(alive.pod)
    }
  }

  /** Files as the Secrets have them now, but for those mounted by `subPath`. A Secret that is gone leaves all as it was. */
  #renewed(held: RunningPod, pod: Pod): Record<string, string> {
    try {
      const kept = Object.entries(held.files).filter(([path]) => fixedPaths(pod).has(path))
      return { ...filesOf(this.#cluster, pod), ...Object.fromEntries(kept) }
    } catch (error) {
      if (error instanceof NotStartable) return held.files
      throw error
    }
  }

  /** The processes go first, then the pod: who sees it gone from the list may rely on it. */
  #remove(given: Pod): void {
    const gone = (): void => {
      const pod = this.#current(given)
      if (pod !== undefined) this.#cluster.store.remove(rowsOf(PODS), pod)
    }
    const ended = this.#kill(given)
    if (ended === undefined) gone()
    else void ended.then(gone, gone)
  }

  #forget(pod: Pod): void {
    void this.#kill(pod)
    this.#alive.delete(pod.metadata.uid)
  }

  /** Ends what runs in a pod, once. */
  #kill({ metadata }: Pod): void | Promise<void> {
    const alive = this.#alive.get(metadata.uid)
    if (alive === undefined || alive.ended) return
    alive.ended = true
    return this.#runtime?.stopped(metadata.name, metadata.uid)
  }
}
