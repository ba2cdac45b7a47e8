/** What a real kube-apiserver 1.26 answered to the JavaScript client, replayed: status, reason and shape must be equal. */
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KubernetesSandbox, startKubernetes } from '../../../src/sandbox/kubernetes/kubernetes.ts'

interface Exchange {
  readonly method: string
  readonly url: string
  readonly user: string
  readonly contentType?: string
  readonly request?: unknown
  readonly status: number
  readonly response: unknown
}

const FILE = new URL('../../../../shared/specs/kubernetes-transcript.jsonl', import.meta.url)
const missing = existsSync(FILE) ? '' : ' (skipped: ../shared/specs/kubernetes-transcript.jsonl is absent)'

function recorded(): Exchange[] {
  if (missing !== '') return []
  return readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Exchange)
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** Ids, times, versions and generated names differ from one cluster to the next. */
function maskedText(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replaceAll(
      /("resourceVersion\\?":\\?")\d+|(precondition \()\d+|(record \()\d+/g,
      (_all, ...parts) => `${parts.slice(0, 3).find((part) => part !== undefined) ?? ''}RV`,
    )
    .replaceAll(/\bd-[a-z0-9]{8,10}\b/g, 'd-HASH')
}

const VERSIONS = new Set(['resourceVersion', 'continue'])

/** Lists whose order follows the time of the last change, or a hash. */
const UNORDERED = new Set(['managedFields', 'items'])

function masked(node: Json, name = ''): Json {
  if (VERSIONS.has(name)) return 'RV'
  if (name === 'uid') return 'UID'
  if (name === 'pod-template-hash') return 'HASH'
  if (typeof node === 'string') return maskedText(node)
  if (Array.isArray(node)) {
    const items = node.map((item) => masked(item))
    return UNORDERED.has(name) ? items.toSorted((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1)) : items
  }
  if (typeof node !== 'object' || node === null) return node
  // a time that was never set is left out since 1.34
  const members = Object.entries(node).filter(([inner, value]) => !(inner === 'creationTimestamp' && value === null))
  return Object.fromEntries(members.map(([inner, value]) => [inner.replaceAll(/[0-9a-f-]{36}/g, 'UID'), masked(value, inner)]))
}

/** Managers by name, ReplicaSets by revision, all else by its text. */
function sortKey(node: Json): string {
  const { manager, subresource, metadata } = node as { manager?: string; subresource?: string; metadata?: { annotations?: Record<string, string> } }
  return manager === undefined ? (metadata?.annotations?.['deployment.kubernetes.io/revision'] ?? JSON.stringify(node)) : `${manager} ${subresource ?? ''}`
}

/** Which of two old ReplicaSets gave up its pod first is decided by their hashes: their numbers are left out, all else must be equal. */
function withoutNumbers(list: Json): Json {
  const { items, ...rest } = list as { items: { metadata: { managedFields: { subresource?: string }[] }; spec: object }[] }
  const plain = items.map(({ metadata, spec }) => {
    const managedFields = metadata.managedFields.filter(({ subresource }) => subresource === undefined)
    return { metadata: { ...metadata, managedFields, generation: 0 }, spec: { ...spec, replicas: 0 } }
  })
  return { ...rest, items: plain } as unknown as Json
}

const TOKENS: Readonly<Record<string, string>> = { admin: 'admintoken', limited: 'limitedtoken', bad: 'bad' }

describe.skipIf(missing !== '')(`the recorded transcript${missing}`, () => {
  let cluster: KubernetesSandbox
  beforeAll(async () => {
    // as recorded: controllers, but no nodes; a server that does not yet count terminating pods
    cluster = await startKubernetes({ token: TOKENS['admin'] ?? '', podsStart: false, rolloutStepMs: 600_000, terminatingReplicas: false })
    cluster.hands.grant('limitedtoken', 'keyrot', [])
  })
  afterAll(() => cluster.close())

  const versions = new Map<string, string>()

  async function replay({ method, url, user, contentType, request }: Exchange): Promise<{ status: number; body: Json }> {
    const sent =
      typeof request === 'string' ? JSON.stringify({ stringData: { big: 'x'.repeat(1_100_000) } }) : request === undefined ? undefined : JSON.stringify(request)
    const ours = (text: string): string =>
      text.replaceAll(
        /("resourceVersion":\s*")(\d+)|(continue=)([^&]+)/g,
        (_all, head, version, flag, token) => (head ?? flag) + (versions.get(version ?? token) ?? ''),
      )
    const response = await fetch(cluster.url + ours(url), {
      method,
      headers: {
        'user-agent': 'node-fetch/1.0',
        authorization: `Bearer ${TOKENS[user] ?? ''}`,
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
      ...(sent === undefined || method === 'GET' ? {} : { body: ours(sent) }),
    })
    return { status: response.status, body: (await response.json()) as Json }
  }

  /** Pairs the recorded resource versions and continue tokens with ours, for later requests that use them. */
  function learn(theirs: unknown, ours: unknown): void {
    const read = (body: unknown) => (body as { metadata?: { resourceVersion?: string; continue?: string } }).metadata ?? {}
    for (const name of ['resourceVersion', 'continue'] as const) {
      const [recordedText, text] = [read(theirs)[name], read(ours)[name]]
      if (recordedText !== undefined && text !== undefined && !versions.has(recordedText)) versions.set(recordedText, text)
    }
  }

  /** How far the recorded controllers had come when each of these was asked: ours take the same number of looks. */
  const LOOKS: Readonly<Record<number, number>> = { 26: 1, 27: 1, 28: 1, 30: 6 }

  async function look(times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      cluster.hands.look()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  it.each(recorded().map((exchange, index) => [index + 1, exchange.method, exchange.url, exchange] as const))(
    '%i: %s %s',
    async (number, method, url, exchange) => {
      await look(LOOKS[number] ?? 0)
      const { status, body } = await replay(exchange)
      learn(exchange.response, body)
      expect(status, `${method} ${url}`).toBe(exchange.status)
      const [theirs, ours] = [masked(exchange.response as Json), masked(body)]
      if (url.endsWith('/replicasets')) expect(withoutNumbers(ours)).toEqual(withoutNumbers(theirs))
      else expect(ours).toEqual(theirs)
    },
  )

  it('has all of its forty exchanges', () => {
    expect(recorded()).toHaveLength(40)
  })
})
