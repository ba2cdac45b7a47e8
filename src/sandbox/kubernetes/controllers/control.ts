/** What every controller is given. */
import type { Cluster } from '../cluster.ts'
import type { KubeObject } from '../objects.ts'
import type { Availability } from './availability.ts'

export interface Control {
  readonly cluster: Cluster
  readonly availability: Availability
  /** Looks at the object again after this long (ms), even if nothing changes. */
  again(object: KubeObject, afterMs: number): void
}
