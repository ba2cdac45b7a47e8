/** Exec plugins of a kubeconfig: started as kubectl starts them, with an end, and told of the cluster they log in to. */
import { spawn } from 'node:child_process'
import type { Authenticator } from '@kubernetes/client-node/dist/auth.js'
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js'
import type { Ms } from '../../domain/duration.ts'

/** As the kubeconfig has it, before any plugin has judged it. */
interface Plugin {
  readonly apiVersion?: string
  readonly command?: string
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null
  readonly provideClusterInfo?: boolean
}

/**
 * An authenticator that runs the user's plugin. The official client's own would wait for ever; here a plugin gets no input, and is
 * killed after `patience`, or when keyrot is told to stop. It inherits the environment, from which the config's secrets are gone.
 */
export async function pluginLogin(cluster: Cluster, signal: AbortSignal, patience: Ms): Promise<() => Authenticator> {
  const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js')
  const execFn = (command: string, args: readonly string[] | undefined, options: object): ReturnType<typeof spawn> =>
    spawn(command, args ?? [], { ...options, stdio: ['ignore', 'pipe', 'pipe'], timeout: patience, killSignal: 'SIGKILL', signal })
  return () => {
    const login: Authenticator = Object.assign<Authenticator, { execFn: typeof execFn }>(new ExecAuth(), { execFn })
    return {
      isAuthProvider: (user) => login.isAuthProvider(user),
      applyAuthentication: (user, options) => login.applyAuthentication(informed(user, cluster), options),
    }
  }
}

/** `KUBERNETES_EXEC_INFO`, which plugins may rely on (client-authentication v1): that nobody can be asked, and the cluster if they want it. */
function informed(user: User, cluster: Cluster): User {
  const plugin = user.exec as Plugin
  const { server, caData, tlsServerName } = cluster
  const known = { server, 'certificate-authority-data': caData, 'tls-server-name': tlsServerName }
  const spec = { interactive: false, ...(plugin.provideClusterInfo === true ? { cluster: known } : {}) }
  const info = JSON.stringify({ apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec })
  return { ...user, exec: { ...plugin, env: [...(plugin.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: info }] } }
}
