import { gunzipSync } from 'node:zlib'
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { FAULT_KINDS, type FaultRule, parseFault } from '../../../src/sandbox/openai/openai.ts'
import { startWorld, type World } from './world.ts'

const MINT = { method: 'POST', path: '/api_keys$' }

/** A mint without any opinion about what comes back; what came, or `null` when nothing whole did. */
async function tryMint(world: World, signal?: AbortSignal): Promise<{ status: number; text: string; headers: Headers } | null> {
  const url = `${world.sandbox.url}/organization/projects/${world.project}/service_accounts/${world.account}/api_keys`
  const headers = { authorization: `Bearer ${world.sandbox.adminKey}`, 'content-type': 'application/json' }
  const init = { method: 'POST', redirect: 'manual', headers, body: '{"name":"n"}', ...(signal === undefined ? {} : { signal }) } as const
  try {
    const response = await fetch(url, init)
    return { status: response.status, headers: response.headers, text: await response.text() }
  } catch {
    return null
  }
}

const minted = (world: World): number => world.sandbox.state().keys.length - 1

async function met(rule: FaultRule): Promise<{ world: World; got: Awaited<ReturnType<typeof tryMint>> }> {
  const world = await startWorld({ faults: [{ match: MINT, ...rule }] })
  const got = await tryMint(world)
  expect(world.sandbox.faults()[0]?.hits).toBe(1)
  return { world, got }
}

describe('faults that lose the answer', () => {
  for (const [kind, effects, delivery] of [
    ['refuse', 0, 'reset'],
    ['reset-before-headers', 0, 'reset'],
    ['effect-then-reset', 1, 'reset'],
    ['reset-mid-body', 1, 'cut'],
    ['wrong-length', 1, 'cut'],
  ] as const) {
    it(`${kind}: ${effects === 1 ? 'the key is there' : 'no key is there'}, its answer is not`, async () => {
      const { world, got } = await met({ kind })
      expect(got).toBeNull()
      expect(minted(world)).toBe(effects)
      expect(world.sandbox.log[0]).toMatchObject({ fault: kind, delivery, effect: effects === 1 ? expect.stringContaining('create key') : null })
      expect((await tryMint(world))?.status).toBe(200)
    })
  }

  for (const [kind, effects] of [
    ['never-answers', 0],
    ['effect-then-timeout', 1],
  ] as const) {
    it(`${kind}: the client waits until it gives up`, async () => {
      const world = await startWorld({ faults: [{ kind, match: MINT }] })
      const patience = new AbortController()
      const attempt = tryMint(world, patience.signal)
      await expect.poll(() => world.sandbox.log.length).toBe(1)
      patience.abort()
      expect(await attempt).toBeNull()
      expect(minted(world)).toBe(effects)
      expect(world.sandbox.log[0]?.delivery).toBe('withheld')
    })
  }

  it('close() ends clients that were left waiting', async () => {
    const world = await startWorld({ faults: [{ kind: 'never-answers' }] })
    const attempt = tryMint(world)
    await expect.poll(() => world.sandbox.log.length).toBe(1)
    await world.sandbox.close()
    expect(await attempt).toBeNull()
  })
})

describe('faults that spoil the answer', () => {
  it('errors with or without effect, with every Retry-After', async () => {
    for (const [kind, status, effects] of [
      ['500', 500, 0],
      ['502', 502, 0],
      ['503', 503, 0],
      ['effect-then-500', 500, 1],
      ['429', 429, 0],
    ] as const) {
      const { world, got } = await met({ kind })
      expect([got?.status, minted(world)], kind).toEqual([status, effects])
      expect(JSON.parse(got?.text ?? '').error.message).toEqual(expect.any(String))
    }
    for (const [retryAfter, header] of [
      ['3', /^3$/],
      ['date', /GMT$/],
      ['absurd', /^\d{11}$/],
      ['negative', /^-\d+$/],
    ] as const) {
      expect((await met({ kind: '429', retryAfter })).got?.headers.get('retry-after')).toMatch(header)
    }
    const { got } = await met({ kind: 'error', as: 'spend-limit' })
    expect([got?.status, JSON.parse(got?.text ?? '').error.code]).toEqual([429, 'project_spend_limit_exceeded'])
  })

  it('JSON cut short, JSON of the wrong types', async () => {
    const cut = await met({ kind: 'malformed-json' })
    expect(() => JSON.parse(cut.got?.text ?? '')).toThrow(SyntaxError)
    const wrong = await met({ kind: 'wrong-type' })
    expect(JSON.parse(wrong.got?.text ?? '')).toMatchObject({ id: 42, value: 42, created_at: expect.any(String) })
    expect([minted(cut.world), minted(wrong.world)]).toEqual([1, 1])
  })

  it('a redirect elsewhere', async () => {
    const { world, got } = await met({ kind: 'redirect', location: 'http://127.0.0.1:9/' })
    expect([got?.status, got?.headers.get('location'), minted(world)]).toEqual([307, 'http://127.0.0.1:9/', 0])
  })

  it('escape sequences, CI commands and direction overrides in every text of an error', async () => {
    const { error } = JSON.parse((await met({ kind: 'hostile-text' })).got?.text ?? '')
    for (const text of [error.message, error.code, error.type]) for (const part of ['\u001b[', '\n::error', '\u202e', '\u0007']) expect(text).toContain(part)
  })

  it('50 MiB of JSON, and a small body that unpacks to as much', async () => {
    expect((await met({ kind: 'huge-body' })).got?.text.length).toBe(50 * 1024 * 1024)
    const world = await startWorld({ faults: [{ kind: 'gzip-bomb' }] })
    const packed = await raw(world)
    expect(packed.length).toBeLessThan(200_000)
    expect(gunzipSync(packed).length).toBe(50 * 1024 * 1024)
  })

  it('one byte at a time', async () => {
    const { got } = await met({ kind: 'slow-drip', everyMs: 1 })
    expect(JSON.parse(got?.text ?? '')).toMatchObject({ name: 'n' })
  })
})

describe('faults of pages', () => {
  const ids = async (world: World): Promise<string[]> => {
    const seen: string[] = []
    for (let after = '', pages = 0; pages < 6; pages++) {
      const page = (await world.admin('GET', `/organization/projects/${world.project}/api_keys?limit=2${after}`)).json
      seen.push(...page.data.map((key: { id: string }) => key.id))
      if (page.has_more !== true) break
      after = `&after=${page.last_id ?? seen.at(-1)}`
    }
    return seen
  }
  const crowded = async (rule: FaultRule) => {
    const world = await startWorld({ faults: [{ match: { method: 'GET' }, ...rule }] })
    for (let index = 0; index < 5; index++) world.sandbox.addKey({ serviceAccount: world.account })
    return { seen: await ids(world), all: world.sandbox.state().keys.map((key) => key.id) }
  }

  it('a page twice, a page without a word, a page that says there is more and shows nothing', async () => {
    const twice = await crowded({ kind: 'duplicate-page' })
    expect(twice.seen).toEqual([...twice.all.slice(0, 2), ...twice.all.slice(0, 2), ...twice.all.slice(2)])
    const skipped = await crowded({ kind: 'skipped-page' })
    expect(skipped.seen).toEqual([...skipped.all.slice(0, 2), ...skipped.all.slice(4)])
    const missing = await crowded({ kind: 'missing-page', skip: 1 })
    expect(missing.seen).toEqual(missing.all)
  })
})

describe('which request meets a fault', () => {
  it('is told by method, path, key, how many to skip and how many to meet', async () => {
    const world = await startWorld()
    const other = world.sandbox.addKey({ serviceAccount: world.account })
    const fault: FaultRule = { kind: '503', match: { method: 'GET', path: '^/models$', key: world.sandbox.key(other.id).fingerprint }, skip: 1, times: 2 }
    world.sandbox.fault(fault)
    expect(await world.works(world.old.value)).toBe(true)
    const answers = []
    for (let index = 0; index < 4; index++) answers.push(await world.works(other.value))
    expect(answers).toEqual([true, false, false, true])
    expect(world.sandbox.faults()).toMatchObject([{ hits: 2, left: 0 }])
    world.sandbox.fault({ kind: '503', times: -1 })
    expect(await world.works(other.value)).toBe(false)
    world.sandbox.clearFaults()
    expect(await world.works(other.value)).toBe(true)
  })

  it('can be written as a flag', () => {
    expect(parseFault('effect-then-reset*2 POST /api_keys$')).toEqual({ kind: 'effect-then-reset', times: 2, match: { method: 'POST', path: '/api_keys$' } })
    expect(parseFault('503')).toEqual({ kind: '503', match: {} })
    for (const wrong of ['', 'nonsense', '503*x', '503 GET (']) expect(() => parseFault(wrong), wrong).toThrow()
    for (const kind of FAULT_KINDS) expect(parseFault(kind).kind).toBe(kind)
  })
})

/** The bytes as they crossed the wire. */
function raw(world: World): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${world.sandbox.url}/models`, { headers: { authorization: `Bearer ${world.old.value}` } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve(Buffer.concat(parts)))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
