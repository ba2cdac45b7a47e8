/** A server that means harm: whatever it sends, a clean error in keyrot's own words comes out, soon, and no key. */
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { Provider } from '../../../src/ports/provider.ts'
import type { FaultRule } from '../../../src/sandbox/openai/openai.ts'
import { freshName, ownBench, permission } from './bench.ts'

const HASTE = 1_500

const HARM: readonly FaultRule[] = [
  { kind: 'huge-body' },
  { kind: 'gzip-bomb' },
  { kind: 'redirect', location: 'http://169.254.169.254/latest' },
  { kind: 'redirect', status: 302, location: '/v1/models' },
  { kind: 'slow-drip', everyMs: 50 },
  { kind: 'hostile-text', status: 400 },
  { kind: 'hostile-text', status: 401 },
  { kind: 'hostile-text', status: 403 },
  { kind: 'hostile-text', status: 404 },
  { kind: 'hostile-text', status: 429 },
  { kind: 'hostile-text', status: 500 },
  { kind: 'malformed-json' },
  { kind: 'wrong-type' },
  { kind: 'wrong-length' },
  { kind: 'reset-mid-body' },
  { kind: 'error', status: 429, retryAfter: 'absurd' },
  { kind: 'error', status: 429, retryAfter: 'negative' },
]

describe.each(HARM.map((rule) => [`${rule.kind} ${rule.status ?? ''}${rule.retryAfter ?? ''}`, rule] as const))('a hostile server: %s', (_, rule) => {
  let bench: Awaited<ReturnType<typeof ownBench>>
  beforeAll(async () => {
    bench = await ownBench()
    bench.sandbox.fault({ ...rule, times: -1 })
  })
  afterAll(() => bench.close())

  it('is never taken for an answer about a key', async () => {
    const answer = await bench.connect({}, HASTE).prove(bench.live)
    expect(['unclear', 'busy']).toContain(answer.is)
    if (answer.is === 'unclear') expect(answer.code).toMatch(/^[a-z-]{3,40}$/)
    if (answer.is === 'busy') expect(answer.retryAfterMs >= 0 && answer.retryAfterMs <= 3_600_000).toBe(true)
  })

  it('gets clean errors out of every administrative call', async () => {
    const provider = bench.connect({}, HASTE) as Required<Provider>
    const calls = [provider.list(), provider.mint(freshName(), 1_000), provider.retire(permission('key_x')), provider.expire('key_x', 1_000)]
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toBe(rule.status === 404 ? 'gone' : 'refused')
      else clean(outcome.reason)
    }
  })

  function clean(error: unknown): void {
    expect(error).toBeInstanceOf(KeyrotError)
    const failure = error as KeyrotError
    expect(failure.kind).not.toBe('bug')
    expect(failure.cause).toBeUndefined()
    const shown = inspect(failure, { depth: 12, showHidden: true }) + JSON.stringify(failure)
    for (const foreign of ['pwned', 'desrever', 'isolated', 'add-mask', '169.254', bench.adminKey, bench.live.reveal()]) expect(shown).not.toContain(foreign)
    // oxlint-disable-next-line no-control-regex
    expect(failure.message + failure.hints.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|^::/)
  }
})

describe('what the SDK is not left to do', () => {
  let bench: Awaited<ReturnType<typeof ownBench>>
  beforeAll(async () => {
    bench = await ownBench()
  })
  afterAll(() => bench.close())
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('sends no cookie, no telemetry and nothing from the environment, and follows no redirect', async () => {
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'authorization: Bearer other\nx-planted: 1')
    vi.stubEnv('OPENAI_ORG_ID', 'org-planted')
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj_planted')
    vi.stubEnv('OPENAI_API_KEY', 'planted')
    vi.stubEnv('OPENAI_LOG', 'debug')
    const said = vi.spyOn(console, 'debug')
    bench.sandbox.fault({ kind: 'redirect', status: 307, location: '/v1/models' })
    const provider = bench.connect()
    expect(await provider.prove(bench.live)).toEqual({ is: 'unclear', code: 'redirected' })
    expect(await provider.prove(bench.live)).toEqual({ is: 'accepted' })
    expect(bench.sandbox.log).toHaveLength(2)
    expect(Object.keys(bench.sandbox.log[1]?.headers ?? {}).toSorted()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent'])
    expect(said).not.toHaveBeenCalled()
    said.mockRestore()
  })

  it('retries nothing, reads included', async () => {
    const before = bench.sandbox.log.length
    bench.sandbox.fault({ kind: 'error', status: 503, times: -1 })
    const provider = bench.connect()
    await expect(provider.list?.()).rejects.toMatchObject({ kind: 'unavailable' })
    await provider.prove(bench.live)
    expect(bench.sandbox.log).toHaveLength(before + 2)
    bench.sandbox.clearFaults()
  })
})
