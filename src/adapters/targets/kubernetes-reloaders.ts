/** Controllers that restart pods by themselves whenever a Secret changes: each of our writes costs a restart then. */
import { waysOf, type Wanted } from './kubernetes-pods.ts'
import type { SecretObject } from './kubernetes-shapes.ts'
import type { Workload } from './kubernetes-workloads.ts'

const STAKATER = 'reloader.stakater.com'
const isTrue = (text: string | undefined): boolean => text === 'true'

/**
 * Whether something is seen to restart pods when this Secret changes: Stakater's Reloader (docs.stakater.com, "Annotation Reference") or
 * Wave (github.com/wave-k8s/wave). A Reloader that is told to watch everything by its own flags leaves no sign.
 */
export function isWatched(secret: SecretObject, workloads: readonly Workload[], wanted: Wanted): boolean {
  const { annotations } = secret.metadata
  if (isTrue(annotations[`${STAKATER}/ignore`])) return false
  return isTrue(annotations[`${STAKATER}/match`]) || workloads.some((workload) => isRestartedBy(workload, wanted))
}

function isRestartedBy({ found }: Workload, wanted: Wanted): boolean {
  if (found === null) return false
  const { template } = found.spec
  const said = { ...template.metadata?.annotations, ...found.metadata.annotations }
  if (said[`${STAKATER}/auto`] === 'false' || isTrue(said[`${STAKATER}/ignore`])) return false
  const named = (said[`secret.${STAKATER}/reload`] ?? '').split(',').map((name) => name.trim())
  if (named.includes(wanted.secret)) return true
  const follows = isTrue(said[`${STAKATER}/auto`]) || isTrue(said[`secret.${STAKATER}/auto`]) || isTrue(said['wave.pusher.com/update-on-config-change'])
  return follows && waysOf(template.spec, wanted).length > 0
}
