/** Which cluster a kubeconfig means: found as kubectl finds it (`KUBECONFIG`, `~/.kube/config`, the account of the pod), read by the official client. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { delimiter, dirname, join, resolve } from 'node:path'
import type { Cluster, Context, User } from '@kubernetes/client-node/dist/config_types.js'
import type { Surroundings } from '../define.ts'
import { badKubeconfig } from './kubernetes-errors.ts'

export interface KubeconfigPlace {
  /** As the config has it: a path from the config's folder, or an absolute one. */
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
}

/** The cluster and the user of the context that is meant. `KR_KUBERNETES_KUBECONFIG` where nothing usable is found. */
export async function readContext(place: KubeconfigPlace, around: Surroundings): Promise<{ readonly cluster: Cluster; readonly user: User }> {
  const paths = pathsOf(place, around)
  if (paths.length > 0) return findContext(place, await Promise.all(paths.map(readKubeconfig)))
  const own = podAccount(around)
  if (own === null) throw badKubeconfig('there is no kubeconfig', 'name one in `kubeconfig` or KUBECONFIG, or run inside the cluster')
  return own
}

/** A kubeconfig as the client reads it (its own loader would bring every model of the API with it: a quarter of a second and 90 MB). */
interface Kubeconfig {
  readonly current: unknown
  readonly contexts: readonly Context[]
  readonly clusters: readonly Cluster[]
  readonly users: readonly User[]
}

async function readKubeconfig(path: string): Promise<Kubeconfig> {
  // oxlint-disable-next-line no-restricted-imports -- a kubeconfig is YAML, and part of this SDK's surroundings
  const [{ parse }, { newClusters, newContexts, newUsers }] = await Promise.all([import('yaml'), import('@kubernetes/client-node/dist/config_types.js')])
  try {
    const file = parse(await readFile(path, 'utf8'), { logLevel: 'silent' }) as RawKubeconfig
    const users = newUsers(file.users).map((user, index) => withTokenFile(user, file.users?.[index]?.user?.tokenFile))
    const clusters = newClusters(file.clusters)
    placeFiles(clusters, users, dirname(path))
    return { current: file['current-context'], contexts: newContexts(file.contexts), clusters, users }
  } catch {
    // the parser's words quote the file, and the file holds tokens
    throw badKubeconfig('a kubeconfig cannot be read, or is not one', 'kubectl config view must work with the same file')
  }
}

/** Its lists go to the client's own readers as they are. */
interface RawKubeconfig {
  readonly 'current-context'?: unknown
  readonly contexts?: unknown
  readonly clusters?: unknown
  readonly users?: readonly { readonly user?: { readonly tokenFile?: string } | null }[]
}

/** The client knows token files of its own making only; kubectl reads `tokenFile`, and prefers it to a token (client-go, rest). */
function withTokenFile(user: User, tokenFile: string | undefined): User {
  if (tokenFile === undefined) return user
  const { token: _older, ...rest } = user
  return { ...rest, authProvider: { name: 'tokenFile', config: { tokenFile } } }
}

/** Files that a kubeconfig names start at its folder; a plugin does if its command has a folder in it (client-go, clientcmd). */
function placeFiles(clusters: readonly Cluster[], users: readonly User[], folder: string): void {
  const placed = <Part extends object>(part: Part | null | undefined, names: readonly (keyof Part & string)[]): void => {
    if (part === null || part === undefined) return
    for (const name of names) if (typeof part[name] === 'string' && part[name] !== '') Object.assign(part, { [name]: resolve(folder, part[name]) })
  }
  for (const cluster of clusters) placed(cluster, ['caFile'])
  for (const user of users) {
    placed(user, ['certFile', 'keyFile'])
    placed(user.authProvider?.config as { tokenFile?: string } | undefined, ['tokenFile'])
    const plugin = user.exec as { command?: string } | null | undefined
    if (plugin?.command?.includes('/') === true) placed(plugin, ['command'])
  }
}

const POD = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Who keyrot is inside a cluster (client-go, rest.InClusterConfig). */
function podAccount({ env }: Surroundings): { readonly cluster: Cluster; readonly user: User } | null {
  const [host, port] = [env('KUBERNETES_SERVICE_HOST') ?? '', env('KUBERNETES_SERVICE_PORT') ?? '']
  if (host === '' || port === '' || !existsSync(`${POD}/token`)) return null
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`
  return {
    cluster: { name: 'own', server, caFile: `${POD}/ca.crt`, skipTLSVerify: false },
    user: { name: 'own', authProvider: { name: 'tokenFile', config: { tokenFile: `${POD}/token` } } },
  }
}

/** As kubectl: files of `KUBECONFIG` that do not exist are passed over; the first file that says something counts. */
function pathsOf(place: KubeconfigPlace, around: Surroundings): readonly string[] {
  if (place.kubeconfig !== undefined) return [resolve(around.root, place.kubeconfig)]
  const named = (around.env('KUBECONFIG') ?? '').split(delimiter).filter((path) => path !== '')
  const paths = named.length > 0 ? named : [join(around.env('HOME') ?? '/', '.kube', 'config')]
  return paths.filter((path) => existsSync(path))
}

function findContext(place: KubeconfigPlace, files: readonly Kubeconfig[]): { readonly cluster: Cluster; readonly user: User } {
  const named = <T extends { readonly name: string }>(list: (file: Kubeconfig) => readonly T[], name: string): T | undefined =>
    files.flatMap((file) => list(file)).find((one) => one.name === name)
  const current = files.map((file) => file.current).find((one): one is string => typeof one === 'string' && one !== '')
  const name = place.context ?? current
  if (name === undefined) throw badKubeconfig('the kubeconfig has no current context', 'name one in `context`')
  const context = named((file) => file.contexts, name)
  if (context === undefined) throw badKubeconfig('the kubeconfig has no context of the configured name', 'kubectl config get-contexts lists them')
  const cluster = named((file) => file.clusters, context.cluster)
  if (cluster === undefined) throw badKubeconfig('the context of the kubeconfig names a cluster that is not there')
  return { cluster, user: named((file) => file.users, context.user) ?? { name: context.user } }
}
