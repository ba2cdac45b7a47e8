/** The few requests of the Kubernetes API that keyrot makes, and its answers as values of the promised form. */
import { z } from 'zod'
import { KeyrotError } from '../../domain/errors.ts'
import type { Surroundings } from '../define.ts'
import { isLoopback } from '../endpoint.ts'
import { openHttp, type Http, type HttpParts } from '../http/http.ts'
import { malformed, refusal } from './kubernetes-errors.ts'
import type { KubeconfigPlace } from './kubernetes-kubeconfig.ts'
import { openAccess, type Access, type Credentials } from './kubernetes-login.ts'

/** A page of large pods is some megabytes. */
const MAX_BYTES = 16 * 1024 * 1024
const PAGE = 250
const MOST_PAGES = 400

/** What an access review asks about: `name` for one object, without it for all of its kind. */
export interface Wish {
  readonly verb: 'get' | 'patch' | 'list' | 'create'
  readonly group: '' | 'apps' | 'coordination.k8s.io'
  readonly resource: string
  readonly namespace: string
  readonly name?: string
}

/** One page of a list, and the word that asks for the next. */
export interface Page<Item> {
  readonly metadata: { readonly continue?: string | undefined }
  readonly items: readonly Item[] | null
}

/** The API server of one context. Every failure is a KeyrotError; no body of one is kept. `what` says for people what was asked. */
export interface ClusterApi {
  readonly server: URL
  read<S extends z.ZodType>(shape: S, path: string, what: string): Promise<z.output<S>>
  /** Every page of a list; a list that cannot be had whole is an error, never a short list. */
  list<Item>(page: z.ZodType<Page<Item>>, path: string, query: Readonly<Record<string, string>>, what: string): Promise<readonly Item[]>
  /** One merge patch (RFC 7386) under a name of our own in managed fields. Done only by the word of the API server: the changed object, whose revision this is. */
  patch(path: string, owner: string, body: object, what: string): Promise<string>
  /** One new object in a list, in the same way; `conflict` when there is one of this name. */
  create(path: string, owner: string, body: object, what: string): Promise<string>
  /** Whether we may; `null` where the cluster does not say. */
  allows(wish: Wish): Promise<boolean | null>
}

/** Opens the cluster that the kubeconfig means; asks it nothing yet. All who use the result share its connections and its login. */
export async function openCluster(place: KubeconfigPlace, around: Surroundings): Promise<ClusterApi> {
  const access = await openAccess(place, around)
  const ask = asker(access, around)
  const read: ClusterApi['read'] = async (shape, path, what) => parsed(shape, await ask({ method: 'GET', path }, what, 'read'), what)
  const write = async (method: 'PATCH' | 'POST', path: string, type: string, owner: string, body: object, what: string): Promise<string> => {
    const request: Asked = { method, path: `${path}?fieldManager=${encodeURIComponent(owner)}`, type, body }
    const changed = CHANGED.safeParse(jsonOf(await ask(request, what, 'write')))
    if (!changed.success) throw malformed(what, 'write')
    return changed.data.metadata.resourceVersion
  }
  return {
    server: access.server,
    read,
    list: async <Item>(page: z.ZodType<Page<Item>>, path: string, query: Readonly<Record<string, string>>, what: string) => {
      const found: Item[] = []
      let from = ''
      for (let pages = 0; pages < MOST_PAGES; pages++) {
        const asked = new URLSearchParams({ ...query, limit: String(PAGE), ...(from === '' ? {} : { continue: from }) })
        const { metadata, items } = await read(page, `${path}?${asked.toString()}`, what)
        found.push(...(items ?? []))
        from = metadata.continue ?? ''
        if (from === '') return found
      }
      throw malformed(what)
    },
    patch: (path, owner, body, what) => write('PATCH', path, 'application/merge-patch+json', owner, body, what),
    create: (path, owner, body, what) => write('POST', path, 'application/json', owner, body, what),
    allows: async (wish) => {
      const request: Asked = { method: 'POST', path: REVIEWS, type: 'application/json', body: reviewOf(wish) }
      return ask(request, 'asking for our rights', 'read').then(allowed, (error: unknown) => {
        if (error instanceof KeyrotError && ['forbidden', 'not-found', 'rejected'].includes(error.kind)) return null
        throw error
      })
    },
  }
}

interface Asked {
  readonly method: 'GET' | 'PATCH' | 'POST'
  readonly path: string
  readonly type?: string
  readonly body?: object
}

type Ask = (asked: Asked, what: string, effect: 'read' | 'write') => Promise<string>

/** One exchange: the text of a 2xx, or the meaning of anything else. */
function asker(access: Access, around: Surroundings): Ask {
  const base = access.server.href.replace(/\/+$/, '')
  const parts: HttpParts = {
    env: proxiesOf(access, around),
    signal: around.signal,
    turn: around.turn,
    maxBytes: MAX_BYTES,
    loopbackUnverified: access.unverified,
    deadlineMs: around.deadlineMs,
  }
  let pool: { readonly tls: Credentials['tls']; readonly web: Http } | null = null
  return async ({ method, path, type, body }, what, effect) => {
    const { headers, tls } = await access.credentials()
    if (pool?.tls !== tls) pool = { tls, web: openHttp({ ...parts, tls }) }
    const answer = await pool.web.ask({
      url: new URL(`${base}${path}`),
      method,
      headers: { accept: 'application/json', 'user-agent': 'keyrot', ...(type === undefined ? {} : { 'content-type': type }), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      reads: effect === 'read',
    })
    const text = answer.body.toString()
    if (answer.status >= 200 && answer.status < 300) return text
    if (answer.status === 401) access.renew()
    throw refusal({ status: answer.status, text, headers: answer.headers }, what, effect, around.clock.now())
  }
}

/** The proxy of the kubeconfig takes the place of the environment's, and none stands before this machine itself; as kubectl has it. */
function proxiesOf({ proxy, server }: Access, around: Surroundings): Surroundings['env'] {
  if (isLoopback(server)) return () => undefined
  return proxy === null ? around.env : (name) => (name === 'HTTPS_PROXY' ? proxy : undefined)
}

function parsed<S extends z.ZodType>(shape: S, text: string, what: string): z.output<S> {
  const body = shape.safeParse(jsonOf(text))
  if (!body.success) throw malformed(what)
  return body.data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An API server answers a write with the object as it is now: anything else came from somebody in between. */
const CHANGED = z.object({ metadata: z.object({ resourceVersion: z.string().min(1) }) })

const REVIEWED = z.object({ status: z.object({ allowed: z.boolean() }) })
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'

function reviewOf(resourceAttributes: Wish): object {
  return { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }
}

function allowed(text: string): boolean | null {
  const body = REVIEWED.safeParse(jsonOf(text))
  return body.success ? body.data.status.allowed : null
}
