/** The proxy itself, by a client so plain that it hides nothing: good traffic byte for byte, and each fault as what it says it is. */
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeIdentities, type Identities } from './certificates.ts'
import { aws, kubernetes, openai, vercel } from './dialects.ts'
import { faultsFor, type Fault } from './faults.ts'
import { HOSTILE_WORDS } from './hostile.ts'
import type { Dialect } from './meaning.ts'
import { startProxy, type Proxy, type Site } from './proxy.ts'

const GOOD = '{"object":"list","data":[{"id":"a"}],"has_more":true,"last_id":"a"}'
const KEY = ['sk', 'proj', 'x'.repeat(40)].join('-')
const SITES: readonly Site[] = [
  { name: 'read', effect: 'read', method: 'GET', path: /^\/v1\/things$/, pages: true },
  { name: 'write', effect: 'write', method: 'POST', path: /^\/v1\/things$/ },
  { name: 'target', effect: 'read', method: 'POST', path: /^\/$/, target: 'Look' },
]

interface Visit {
  readonly line: string
  readonly rawHeaders: readonly string[]
  readonly body: string
}

let behind: Server
const visits: Visit[] = []
let proxy: Proxy

beforeAll(async () => {
  behind = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      visits.push({ line: `${request.method} ${request.url}`, rawHeaders: request.rawHeaders, body: Buffer.concat(parts).toString('latin1') })
      response.writeHead(200, ['X-Thing', 'One', 'x-thing', 'two', 'Content-Type', 'application/json'])
      response.end(request.url === '/v1/bytes' ? Buffer.from([0, 255, 13, 10, 0]) : GOOD)
    })
  })
  await new Promise<void>((resolve) => behind.listen(0, '127.0.0.1', resolve))
})

afterAll(() => {
  behind.closeAllConnections()
  behind.close()
})

afterEach(async () => {
  await proxy.close()
  visits.length = 0
})

async function open(dialect: Dialect = openai, more: Partial<Parameters<typeof startProxy>[0]> = {}): Promise<Proxy> {
  const { port } = behind.address() as AddressInfo
  proxy = await startProxy({ behind: `http://127.0.0.1:${port}/v1`, sites: SITES, dialect, keys: () => [KEY], ...more })
  return proxy
}

interface Got {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly bytes: Buffer
}

/** Rejects with the system's code, or with `late` when nothing happens any more. */
function ask(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, proxy.url), { method, headers, agent: false, signal: AbortSignal.timeout(1_500) }, (message) => {
      const parts: Buffer[] = []
      message.on('data', (part: Buffer) => parts.push(part))
      message.on('error', (error: NodeJS.ErrnoException) => reject(new Error(error.name === 'AbortError' ? 'late' : error.code)))
      message.on('end', () =>
        resolve({ status: message.statusCode ?? 0, headers: message.headers, rawHeaders: message.rawHeaders, bytes: Buffer.concat(parts) }),
      )
    })
    sent.on('error', (error: NodeJS.ErrnoException) => reject(new Error(error.name === 'AbortError' ? 'late' : error.code)))
    sent.end(body)
  })
}

const named = (name: string, dialect: Dialect = openai): Fault => {
  const found = faultsFor(dialect).find((fault) => fault.name === name)
  if (found === undefined) throw new Error(`no fault is called ${name}`)
  return found
}

describe('good traffic', () => {
  it('passes as it is, in both directions', async () => {
    await open()
    const body = '{"value":"ä\u0000\u00ff"}'
    const got = await ask('POST', '/v1/things?b=2&a=%2F', body, { 'X-Odd-Case': 'Yes', authorization: 'Bearer x' })
    expect(visits[0]).toMatchObject({ line: 'POST /v1/things?b=2&a=%2F', body: Buffer.from(body).toString('latin1') })
    expect(visits[0]?.rawHeaders.join()).toContain('X-Odd-Case,Yes')
    expect([got.status, got.bytes.toString()]).toEqual([200, GOOD])
    expect(got.rawHeaders.slice(0, 6)).toEqual(['X-Thing', 'One', 'x-thing', 'two', 'Content-Type', 'application/json'])
    expect((await ask('GET', '/v1/bytes')).bytes).toEqual(Buffer.from([0, 255, 13, 10, 0]))
  })

  it('is told apart by method, path and target, and what no site describes is said to be unknown', async () => {
    await open()
    await ask('GET', '/v1/things')
    await ask('POST', '/v1/things')
    await ask('POST', '/', '{}', { 'x-amz-target': 'service.Look' })
    await ask('POST', '/', '{}', { 'x-amz-target': 'service.Other' })
    expect(proxy.seen.map(({ site }) => site)).toEqual(['read', 'write', 'target', null])
  })

  it('passes over TLS as well', async () => {
    const identities: Identities = makeIdentities()
    await open(openai, { identity: identities.good })
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = httpsRequest(`${proxy.url}/things`, { ca: identities.authority, agent: false }, (message) => resolve(message.resume().statusCode))
      sent.on('error', reject).end()
    })
    expect([proxy.url.startsWith('https://127.0.0.1:'), status]).toEqual([true, 200])
  })
})

describe('an order', () => {
  it('spoils the nth request of its site, so many times, and no other', async () => {
    await open()
    await proxy.order({ fault: named('500'), site: 'read', nth: 2, times: 2, before: 0 })
    const statuses: number[] = []
    for (const method of ['GET', 'POST', 'GET', 'POST', 'GET', 'GET']) statuses.push((await ask(method, '/v1/things')).status)
    expect(statuses).toEqual([200, 200, 500, 200, 500, 200])
    expect(proxy.seen.map(({ passed }) => passed)).toEqual([true, true, false, true, false, true])
  })

  it.each(['refuse', 'reset-on-connect'])('of %s leaves the requests before it alone, and can be lifted', async (name) => {
    await open()
    await proxy.order({ fault: named(name), site: 'read', nth: 1, before: 1 })
    expect((await ask('POST', '/v1/things')).status).toBe(200)
    await expect(ask('GET', '/v1/things')).rejects.toThrow(name === 'refuse' ? 'ECONNREFUSED' : 'ECONNRESET')
    await proxy.order(null)
    expect((await ask('GET', '/v1/things')).status).toBe(200)
  })
})

/** What a plain client sees of each fault. */
const SEEN_AS: Readonly<Record<string, string | number>> = {
  'reset-before-headers': 'ECONNRESET',
  'close-before-headers': 'ECONNRESET',
  'never-answers': 'late',
  'half-headers': 'ECONNRESET',
  'endless-headers': 'late',
  'flood-of-headers': 'HPE_HEADER_OVERFLOW',
  'not-http': 'HPE_INVALID_CONSTANT',
  'effect-then-reset': 'ECONNRESET',
  'effect-then-timeout': 'late',
  'reset-mid-body': 'ECONNRESET',
  'half-then-close': 'ECONNRESET',
  'slow-drip': 'late',
  'wrong-length-long': 'ECONNRESET',
  'wrong-length-short': 'HPE_INVALID_CONSTANT',
  'redirect-302': 302,
  'effect-then-502': 502,
  'gateway 403': 403,
  'answer 422': 422,
  'hostile 401 invalid key': 401,
}

describe('a fault', () => {
  it.each(Object.entries(SEEN_AS))('%s is seen as %s', async (name, expected) => {
    await open()
    const fault = named(name)
    await proxy.order({ fault, site: 'write', nth: 1, before: 0 })
    const got = await ask('POST', '/v1/things', '{}').then(
      ({ status }) => status,
      (error: Error) => error.message,
    )
    expect(got).toBe(expected)
    expect(visits).toHaveLength(fault.effect ? 1 : 0)
    expect(proxy.seen).toEqual([expect.objectContaining({ fault: name, passed: fault.effect })])
  })

  it('spoils the body of a good answer in every way it promises', async () => {
    await open()
    const body = async (name: string): Promise<Got> => {
      await proxy.order({ fault: named(name), site: 'read', nth: 1, before: 0 })
      return ask('GET', '/v1/things')
    }
    expect(() => JSON.parse(GOOD.slice(0, Math.ceil(GOOD.length / 2))) as unknown).toThrow()
    expect((await body('malformed-json')).bytes.toString()).toBe(GOOD.slice(0, Math.ceil(GOOD.length / 2)))
    expect(JSON.parse((await body('wrong-type')).bytes.toString())).toEqual({ object: 42, data: { 0: 'not a list' }, has_more: 'true', last_id: 42 })
    expect((await body('empty-body')).bytes).toHaveLength(0)
    expect(JSON.parse((await body('empty-page')).bytes.toString())).toMatchObject({ data: [], has_more: true })
    const huge = (await body('huge-body')).bytes
    expect([huge.length > 30_000_000, JSON.parse(huge.toString())]).toEqual([true, JSON.parse(GOOD)])
    const bomb = await body('gzip-bomb')
    expect([bomb.headers['content-encoding'], bomb.bytes.length < 100_000]).toEqual(['gzip', true])
    expect(JSON.parse(gunzipSync(bomb.bytes).toString())).toEqual(JSON.parse(GOOD))
  })

  it('of a page asks for the next one, or repeats the last', async () => {
    await open()
    await proxy.order({ fault: named('skipped-page'), site: 'read', nth: 1, before: 0 })
    await ask('GET', '/v1/things?limit=1')
    expect(visits.map(({ line }) => line)).toEqual(['GET /v1/things?limit=1', 'GET /v1/things?limit=1&after=a'])
    await proxy.order({ fault: named('duplicate-page'), site: 'read', nth: 2, before: 0 })
    expect((await ask('GET', '/v1/things')).bytes).toEqual((await ask('GET', '/v1/things?after=a')).bytes)
  })

  it.each([
    ['no wait', undefined],
    ['seconds', '7'],
    ['absurd', '99999999999'],
    ['negative', '-5'],
    ['nonsense', 'soon'],
  ])('429 asks to wait: %s', async (name, wait) => {
    await open()
    await proxy.order({ fault: named(`429, ${name}`), site: 'read', nth: 1, before: 0 })
    const { status, headers } = await ask('GET', '/v1/things')
    expect([status, headers['retry-after']]).toEqual([429, wait])
  })

  it('leaves nothing behind that would keep a process alive', async () => {
    const { url } = await open()
    await proxy.order({ fault: named('never-answers'), site: 'read', nth: 1, before: 0 })
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined)
    socket.write('GET /v1/things HTTP/1.1\r\nhost: x\r\n\r\n')
    const gone = new Promise((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await proxy.close()
    await gone
  })
})

/** The rows of L5 in reliability.md, and by which names they stand here. TLS is in tls.test.ts: such a fault comes before any request. */
const PLAN: readonly (readonly [row: string, pattern: RegExp, least?: number])[] = [
  ['refuse', /^refuse$/],
  ['reset before headers', /^reset-before-headers$/],
  ['reset mid-body', /^reset-mid-body$/],
  ['half answer then close', /^half-then-close$/],
  ['slow drip', /^slow-drip$/],
  ['endless headers', /^endless-headers$/],
  ['never answers', /^never-answers$/],
  ['effect then reset', /^effect-then-reset$/],
  ['effect then timeout', /^effect-then-timeout$/],
  ['500/502/503 without effect', /^50[023]$/, 3],
  ['500/502/503 with effect', /^effect-then-50[023]$/, 3],
  ['429 with Retry-After', /^429, (?:seconds|date|absurd|negative)$/, 4],
  ['401 kinds', /^answer (?:401|.*(?:UnrecognizedClient|ExpiredToken|InvalidSignature)|403 invalid token)/],
  ['403', /^answer .*(?:403|AccessDenied)/],
  ['404', /^answer .*(?:404|NotFound)/],
  ['409', /409/],
  ['malformed JSON', /^malformed-json$/],
  ['wrong type', /^wrong-type$/],
  ['huge body', /^huge-body$/],
  ['gzip bomb', /^gzip-bomb$/],
  ['wrong length', /^wrong-length/, 2],
  ['redirect', /^redirect/, 3],
  ['hostile text', /^hostile/, 8],
]

describe.each([
  ['openai', openai],
  ['aws', aws],
  ['kubernetes', kubernetes],
  ['vercel', vercel],
] as const)('the dialect of %s', (_, dialect) => {
  const names = faultsFor(dialect).map(({ name }) => name)

  it('has every row of the plan', () => {
    for (const [row, pattern, least = 1] of PLAN) expect(names.filter((name) => pattern.test(name)).length, row).toBeGreaterThanOrEqual(least)
  })

  it('has each under a name of its own', () => {
    expect(new Set(names).size).toBe(names.length)
  })

  it('puts the hostile words and the keys into every text of its refusals', async () => {
    await open(dialect)
    for (const fault of faultsFor(dialect).filter(({ name }) => name.startsWith('hostile ') && name !== 'hostile names')) {
      await proxy.order({ fault, site: 'write', nth: 1, before: 0 })
      const { bytes, headers } = await ask('POST', '/v1/things', '{"sent":1}', { authorization: 'Bearer echoed' })
      const text = JSON.stringify(JSON.parse(bytes.toString()))
      for (const word of [...HOSTILE_WORDS, KEY, Buffer.from(KEY).toString('base64'), 'Bearer echoed']) expect(text, fault.name).toContain(word)
      for (const name of dialect.idHeaders) expect(headers[name]).toContain(KEY)
    }
  })
})
