/** The least rights: asked of the cluster by access review, and printed as a role. */
import type { Right } from '../../ports/provider.ts'
import type { PermissionSheet } from '../define.ts'
import type { ClusterApi, Wish } from './kubernetes-api.ts'

export interface Needs {
  readonly namespace: string
  readonly secret: string
  /** `deployment/web` */
  readonly workloads: readonly string[]
}

/** Every right that a target uses, asked one by one. */
export function rightsOf(api: ClusterApi, needs: Needs): Promise<readonly Right[]> {
  return Promise.all(
    wishesOf(needs).map(async (wish): Promise<Right> => {
      const allowed = await api.allows(wish)
      const what = `${wish.verb} ${wish.resource}${wish.name === undefined ? '' : ` ${wish.name}`} in namespace ${wish.namespace}`
      if (allowed === null) return { what, state: 'untestable', hint: 'the cluster does not answer access reviews' }
      return allowed ? { what, state: 'proven' } : { what, state: 'missing', hint: 'keyrot permissions prints the role that grants it' }
    }),
  )
}

function wishesOf({ namespace, secret, workloads }: Needs): readonly Wish[] {
  const verbs = ['get', 'patch'] as const
  return [
    ...verbs.map((verb): Wish => ({ verb, group: '', resource: 'secrets', namespace, name: secret })),
    ...workloads.flatMap((workload) => verbs.map((verb): Wish => ({ verb, group: 'apps', resource: pluralOf(workload), namespace, name: nameOf(workload) }))),
    { verb: 'list', group: '', resource: 'pods', namespace },
  ]
}

const pluralOf = (workload: string): string => `${workload.split('/')[0] ?? ''}s`
const nameOf = (workload: string): string => workload.split('/')[1] ?? ''

/** One role and its binding for each namespace of each cluster, with names of objects wherever RBAC knows them (lists cannot be limited by name). */
export function roleSheets(blocks: readonly (Needs & { readonly cluster: string })[]): readonly PermissionSheet[] {
  const places = Map.groupBy(blocks, ({ cluster, namespace }) => `namespace ${namespace}${cluster === '' ? '' : ` (${cluster})`}`)
  return [...places].map(([place, needs]) => ({ title: `Kubernetes role, ${place}`, format: 'yaml', body: roleOf(needs) }))
}

function roleOf(needs: readonly Needs[]): string {
  const namespace = needs[0]?.namespace ?? ''
  const names = (of: readonly string[]): readonly string[] => [...new Set(of)].toSorted()
  const workloads = Map.groupBy(names(needs.flatMap((one) => one.workloads)), pluralOf)
  const rules = [
    rule('', 'secrets', ['get', 'patch'], names(needs.map(({ secret }) => secret))),
    ...[...workloads].map(([resource, some]) => rule('apps', resource, ['get', 'patch'], some.map(nameOf))),
    rule('', 'pods', ['list'], []),
  ]
  return boundRole('keyrot', namespace, rules)
}

/** A role of these rules, and its binding to whoever runs keyrot. */
export function boundRole(name: string, namespace: string, rules: readonly (readonly string[])[]): string {
  const head = (kind: string): readonly string[] => [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${kind}`,
    'metadata:',
    `  name: ${name}`,
    `  namespace: ${quoted(namespace)}`,
  ]
  return [
    ...head('Role'),
    'rules:',
    ...rules.flat(),
    '---',
    ...head('RoleBinding'),
    'roleRef:',
    '  apiGroup: rbac.authorization.k8s.io',
    '  kind: Role',
    `  name: ${name}`,
    '# whoever runs keyrot; this service account is an example',
    'subjects:',
    '  - kind: ServiceAccount',
    '    name: keyrot',
    `    namespace: ${quoted(namespace)}`,
  ].join('\n')
}

export function rule(group: string, resource: string, verbs: readonly string[], names: readonly string[]): readonly string[] {
  return [
    `  - apiGroups: [${quoted(group)}]`,
    `    resources: [${resource}]`,
    ...(names.length === 0 ? [] : [`    resourceNames: [${names.map(quoted).join(', ')}]`]),
    `    verbs: [${verbs.join(', ')}]`,
  ]
}

/** Quoted: names such as `on` and `1e3` are no text to YAML. */
const quoted = (text: string): string => `"${text}"`
