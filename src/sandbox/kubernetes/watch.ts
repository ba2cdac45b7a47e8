/** Watches: every change after a revision as one line of JSON, until the client leaves or the time is up. */
import type { ServerResponse } from 'node:http'
import type { ResourceRequest } from './api/request.ts'
import { selection } from './api/reads.ts'
import { apiVersionOf, rowsOf } from './api/resources.ts'
import type { Cluster } from './cluster.ts'
import { expired, Failure } from './failures.ts'
import type { KubeObject } from './objects.ts'
import type { StoreEvent } from './store.ts'

const BOOKMARK_MS = 1_000

/** Streams until the client leaves. Without a revision, or from 0, it begins with all that is there. */
export function watch(cluster: Cluster, request: ResourceRequest, response: ServerResponse): void {
  const { resource, namespace, query } = request
  const fits = selection(request)
  const send = (type: string, object: unknown): void => void response.write(`${JSON.stringify({ type, object })}\n`)
  const from = query.get('resourceVersion') ?? ''
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' })
  response.flushHeaders()
  const missed = backlog(cluster, request, from)
  if (missed instanceof Failure) {
    send('ERROR', missed.body)
    response.end()
    return
  }
  for (const { type, object } of missed) send(type, object)
  const tell = (event: StoreEvent): void => {
    if (event.resource !== rowsOf(resource) || (namespace !== undefined && event.object.metadata.namespace !== namespace)) return
    const seen = asSeen(event, fits)
    if (seen !== null) send(seen, event.object)
  }
  const stop = cluster.store.subscribe(tell)
  const bookmark = { kind: resource.kind, apiVersion: apiVersionOf(resource) }
  const beat =
    query.get('allowWatchBookmarks') === 'true'
      ? setInterval(
          () => send('BOOKMARK', { ...bookmark, metadata: { resourceVersion: String(cluster.store.revision), creationTimestamp: null } }),
          BOOKMARK_MS,
        )
      : undefined
  const seconds = Number(query.get('timeoutSeconds') ?? 0)
  const limit = seconds > 0 ? setTimeout(() => response.end(), seconds * 1_000) : undefined
  beat?.unref()
  limit?.unref()
  response.on('close', () => {
    stop()
    clearInterval(beat)
    clearTimeout(limit)
  })
}

interface Line {
  readonly type: string
  readonly object: KubeObject
}

function backlog(cluster: Cluster, request: ResourceRequest, from: string): readonly Line[] | Failure {
  const { resource, namespace } = request
  const fits = selection(request)
  if (from === '' || from === '0') {
    return cluster.store
      .list(rowsOf(resource), namespace)
      .filter(fits)
      .map((object) => ({ type: 'ADDED', object }))
  }
  const events = cluster.store.since(Number(from))
  if (events === null || !/^\d+$/.test(from)) return expired(`too old resource version: ${from} (${cluster.store.compacted})`)
  const here = events.filter((event) => event.resource === rowsOf(resource) && (namespace === undefined || event.object.metadata.namespace === namespace))
  return here.flatMap((event) => {
    const type = asSeen(event, fits)
    return type === null ? [] : [{ type, object: event.object }]
  })
}

/** A change as this selection sees it: what begins to fit is added, what no longer fits is deleted. */
function asSeen({ type, object, previous }: StoreEvent, fits: (object: KubeObject) => boolean): string | null {
  const before = type !== 'ADDED' && previous !== null && fits(previous)
  const now = type !== 'DELETED' && fits(object)
  if (before && now) return 'MODIFIED'
  return now ? 'ADDED' : before ? 'DELETED' : null
}
