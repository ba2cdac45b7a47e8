/** The least rights for state in a namespace: asked of the cluster by access review, and printed as a role. */
import type { Right } from '../../ports/provider.ts'
import type { PermissionSheet } from '../define.ts'
import type { ClusterApi, Wish } from '../targets/kubernetes-api.ts'
import { boundRole, rule } from '../targets/kubernetes-rights.ts'

const KINDS = [
  { group: '', resource: 'configmaps' },
  { group: 'coordination.k8s.io', resource: 'leases' },
] as const
const VERBS = ['get', 'create', 'patch'] as const

/** Every right that the store uses. */
export function stateRights(api: ClusterApi, namespace: string): Promise<readonly Right[]> {
  const wishes = KINDS.flatMap(({ group, resource }) => VERBS.map((verb): Wish => ({ verb, group, resource, namespace })))
  return Promise.all(
    wishes.map(async (wish): Promise<Right> => {
      const what = `state: ${wish.verb} ${wish.resource} in namespace ${namespace}`
      const allowed = await api.allows(wish)
      // a role that names its objects does not allow all of them: what is refused here may be allowed by name
      if (allowed !== true) return { what, state: 'untestable', hint: 'keyrot permissions prints the role that grants it' }
      return { what, state: 'proven' }
    }),
  )
}

/** Creating cannot be limited by name, and locks of shared records are named by digests of their addresses: a namespace of its own keeps this role small. */
export function roleSheet(namespace: string, cluster: string, sheets: readonly string[]): PermissionSheet {
  const rules = [
    rule('', 'configmaps', ['create'], []),
    rule('', 'configmaps', ['get', 'patch'], sheets.toSorted()),
    rule('coordination.k8s.io', 'leases', ['get', 'create', 'patch'], []),
  ]
  return {
    title: `Kubernetes role for keyrot's state, namespace ${namespace}${cluster === '' ? '' : ` (${cluster})`}`,
    format: 'yaml',
    body: boundRole('keyrot-state', namespace, rules),
  }
}
