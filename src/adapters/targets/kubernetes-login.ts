/** How to prove to a cluster who we are, by the official client's authenticators. Requests themselves leave through `adapters/http`. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import { createSecureContext } from 'node:tls'
import { isDeepStrictEqual } from 'node:util'
import type { Authenticator } from '@kubernetes/client-node/dist/auth.js'
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js'
import { MINUTE, SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError } from '../../domain/errors.ts'
import type { Surroundings } from '../define.ts'
import { isLoopback } from '../endpoint.ts'
import type { HttpParts } from '../http/http.ts'
import { badKubeconfig, refused } from './kubernetes-errors.ts'
import { readContext, type KubeconfigPlace } from './kubernetes-kubeconfig.ts'
import { pluginLogin } from './kubernetes-plugin.ts'

/** A plugin may open a browser or ask a cloud; longer than this nobody waits. */
const PATIENCE: Ms = MINUTE
/** How long an answer of a plugin or a file is used without asking again. */
const FRESH: Ms = 10 * SECOND
export interface Access {
  readonly server: URL
  /** Whether the kubeconfig asks to trust any certificate; true on loopback only. */
  readonly unverified: boolean
  /** The kubeconfig's own proxy, in the place of the environment's. */
  readonly proxy: string | null
  /** What a request carries now. The same `tls` object for as long as nothing in it has changed. */
  credentials(): Promise<Credentials>
  /** The cluster did not accept them: the next request logs in anew. */
  renew(): void
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly tls: NonNullable<HttpParts['tls']>
}

/** Reads the kubeconfig; asks no server and no plugin yet. `KR_KUBERNETES_KUBECONFIG` where nothing usable is found. */
export async function openAccess(place: KubeconfigPlace, around: Surroundings): Promise<Access> {
  const { cluster, user } = await readContext(place, around)
  const server = around.endpoint(cluster.server, cluster.server)
  if (cluster.skipTLSVerify && !isLoopback(server))
    throw refused(
      'KR_KUBERNETES_UNVERIFIED',
      'the kubeconfig says insecure-skip-tls-verify: whoever stands in between could take the key',
      "name the cluster's authority in certificate-authority-data instead",
    )
  const login = await loginFor(cluster, user, around.signal)
  const proxy = proxyOf(cluster)
  let held: { readonly at: Ms; readonly value: Promise<Credentials> } | null = null
  let tls: Credentials['tls'] = {}
  const logIn = async (): Promise<Credentials> => {
    const found = await credentialsOf(cluster, user, login, around.signal)
    if (!isDeepStrictEqual(found.tls, tls)) tls = checked(found.tls)
    return { headers: found.headers, tls }
  }
  return {
    server,
    unverified: cluster.skipTLSVerify && server.protocol === 'https:',
    proxy,
    credentials: () => {
      const now = around.clock.now()
      if (held === null || now - held.at > FRESH) {
        const value = logIn()
        held = { at: now, value }
        value.catch(() => {
          held = null
        })
      }
      return held.value
    },
    renew: () => {
      held = null
      login?.renew()
    },
  }
}

function proxyOf({ proxyUrl }: Cluster): string | null {
  if (proxyUrl === undefined || proxyUrl === '') return null
  if (/^https?:\/\//.test(proxyUrl)) return proxyUrl
  throw badKubeconfig('the proxy-url of the kubeconfig is not an http proxy', 'keyrot goes through http and https proxies only')
}

/** One way to log in, and a new one in its place once it was refused: the client's own keep tokens for ever. */
interface Login {
  readonly apply: (user: User, options: RequestOptions) => Promise<void>
  readonly renew: () => void
}

async function loginFor(cluster: Cluster, user: User, signal: AbortSignal): Promise<Login | null> {
  const make = await authenticatorFor(cluster, user, signal)
  if (make === null) return null
  let current = make()
  return {
    apply: (given, options) => current.applyAuthentication(given, options),
    renew: () => {
      current = make()
    },
  }
}

async function authenticatorFor(cluster: Cluster, user: User, signal: AbortSignal): Promise<(() => Authenticator) | null> {
  const provider: unknown = user.authProvider?.name
  if (user.exec) return pluginLogin(cluster, signal, PATIENCE)
  if (provider === 'tokenFile') {
    const { FileAuth } = await import('@kubernetes/client-node/dist/file_auth.js')
    return () => new FileAuth()
  }
  if (provider === 'oidc') {
    const { OpenIDConnectAuth } = await import('@kubernetes/client-node/dist/oidc_auth.js')
    return () => new OpenIDConnectAuth()
  }
  if (provider === undefined) return null
  throw badKubeconfig('the kubeconfig logs in by an auth-provider that kubectl has dropped', 'use an exec plugin, a token or a client certificate')
}

async function credentialsOf(cluster: Cluster, user: User, login: Login | null, signal: AbortSignal): Promise<Credentials> {
  const options: RequestOptions = { headers: {} }
  try {
    if (login !== null) await inTime(login.apply(user, options), signal)
  } catch (error) {
    throw error instanceof KeyrotError ? error : failedLogin(signal)
  }
  const [ca, cert, key] = await Promise.all([
    fileOr(cluster.caFile, cluster.caData),
    options.cert ?? fileOr(user.certFile, user.certData),
    options.key ?? fileOr(user.keyFile, user.keyData),
  ])
  const parts = { ca, cert, key, servername: cluster.tlsServerName }
  const tls = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined && value !== null)) as Credentials['tls']
  return { headers: headersOf(user, options), tls }
}

function headersOf(user: User, options: RequestOptions): Record<string, string> {
  const given = new Map(Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]))
  if (user.token) given.set('authorization', `Bearer ${user.token.trim()}`)
  else if (user.username && !given.has('authorization'))
    given.set('authorization', `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`)
  if (user.impersonateUser) given.set('impersonate-user', user.impersonateUser)
  // a header with other characters would be refused by an error that quotes it
  if (![...given.values()].every((value) => /^[\u0020-\u007e]+$/.test(value))) throw failedLogin(null)
  return Object.fromEntries(given)
}

/** What a plugin said stays behind: it may quote what it was given. */
function failedLogin(signal: AbortSignal | null): KeyrotError {
  return new KeyrotError({
    code: 'KR_KUBERNETES_LOGIN',
    kind: signal?.aborted === true ? 'interrupted' : 'unavailable',
    message: 'logging in to the cluster as the kubeconfig says did not work',
    hints: ['kubectl must work with the same kubeconfig and context; a plugin cannot ask here'],
  })
}

async function fileOr(path: string | undefined, data: string | undefined): Promise<Buffer | undefined> {
  if (!path) return data ? Buffer.from(data, 'base64') : undefined
  return readFile(path).catch(() => {
    throw badKubeconfig('a certificate file that the kubeconfig names cannot be read')
  })
}

/** A certificate that cannot be parsed is told as such, not as a network that cannot be reached. */
function checked(tls: Credentials['tls']): Credentials['tls'] {
  try {
    createSecureContext(tls)
    // an authority that is none is passed over in silence there
    if (tls.ca instanceof Buffer) void new X509Certificate(tls.ca)
    return tls
  } catch {
    throw badKubeconfig('a certificate or key of the kubeconfig cannot be used')
  }
}

/** The act's end, or a failed login once its time is over; what it has started is ended by its own deadline. */
async function inTime<T>(act: Promise<T>, signal: AbortSignal): Promise<T> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])
  return Promise.race([act, new Promise<never>((_, reject) => stop.addEventListener('abort', () => reject(failedLogin(signal)), { once: true }))])
}
