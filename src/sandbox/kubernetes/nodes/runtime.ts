/** Where consumers are attached: processes that live as long as their pods. */

/** What runs in a pod, as it is handed the key: variables of its start and files by full path. */
export interface RunningPod {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly env: Record<string, string>
  readonly files: Record<string, string>
}

/** Who attaches real consumers to pods. */
export interface Runtime {
  /** The containers run. A promise holds the pod unready until it resolves. */
  started(pod: RunningPod): void | Promise<void>
  /** The pod's grace time is over: what runs in it ends now. A promise keeps the pod in the list until it resolves. */
  stopped(name: string, uid: string): void | Promise<void>
  /** Files of mounted Secrets have changed under a running pod. */
  refreshed?(pod: RunningPod): void
}
