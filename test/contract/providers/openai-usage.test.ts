/** What one key called, cost and met, read through the shipped SDK from a server that pages, lags, refuses and lies. */
import { afterEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../../src/domain/duration.ts'
import type { Provider } from '../../../src/ports/provider.ts'
import type { SandboxOptions } from '../../../src/sandbox/openai/openai.ts'
import { ownBench } from './bench.ts'

const NOW = Date.UTC(2026, 10, 20, 12, 30)

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close()
})

async function world(options: Partial<SandboxOptions> = {}) {
  const bench = await ownBench({ clock: () => NOW, usageLagMs: 0, ...options })
  open.push(bench)
  const { sandbox, serviceAccount } = bench
  const leaked = sandbox.addKey({ serviceAccount, name: 'leaked' }).id
  const sibling = sandbox.addKey({ serviceAccount, name: 'sibling' }).id
  return { sandbox, leaked, sibling, provider: bench.connect() as Required<Provider> }
}

const callsOf = (slices: readonly { calls: number }[]): number => slices.reduce((sum, { calls }) => sum + calls, 0)

describe('usage', () => {
  it('is read whole, by kind, model and hour, over all pages, and of this key only', async () => {
    const { sandbox, leaked, sibling, provider } = await world()
    for (let ago = 0; ago < 20 * DAY; ago += HOUR)
      sandbox.addCalls(leaked, { model: ago % (2 * HOUR) === 0 ? 'gpt-5-mini' : 'gpt-5-nano', times: 3, agoMs: ago })
    sandbox.addCalls(leaked, { model: 'gpt-image-1', kind: 'images', times: 7, agoMs: HOUR })
    sandbox.addCalls(sibling, { model: 'gpt-5-mini', times: 1_000 })
    const readings = await provider.usage({ keyId: leaked, from: NOW - 10 * DAY, until: NOW + 1, step: 'hour' })
    expect(readings.map(({ kind, gap }) => [kind, gap])).toEqual(
      ['completions', 'embeddings', 'images', 'moderations', 'speech', 'transcriptions'].map((kind) => [kind, null]),
    )
    const [completions, , images] = readings
    expect(callsOf(completions?.slices ?? [])).toBe(3 * (10 * 24 + 1))
    expect(completions?.slices.at(-1)).toMatchObject({ from: NOW - 30 * MINUTE, until: NOW + 30 * MINUTE, model: 'gpt-5-mini', calls: 3 })
    expect(images?.slices).toMatchObject([{ model: 'gpt-image-1', calls: 7, inputTokens: 0 }])
    expect(sandbox.log.filter(({ path }) => path.includes('/usage/completions')).length).toBeGreaterThan(2)
  })

  it.each(['minute', 'day'] as const)('is read by the %s, too', async (step) => {
    const { sandbox, leaked, provider } = await world()
    sandbox.addCalls(leaked, { model: 'gpt-5-mini', times: 4, agoMs: 10 * HOUR })
    const [completions] = await provider.usage({ keyId: leaked, from: NOW - DAY, until: NOW, step })
    expect(completions?.slices).toMatchObject([{ calls: 4 }])
    const { from = 0, until = 0 } = completions?.slices[0] ?? {}
    expect(until - from).toBe(step === 'minute' ? MINUTE : DAY)
  })

  it('that one kind refuses is a gap of this kind', async () => {
    const { sandbox, leaked, provider } = await world()
    sandbox.addCalls(leaked, { model: 'gpt-5-mini' })
    sandbox.fault({ kind: 'error', as: 'missing-scope-403', match: { path: '/usage/images' } })
    const readings = await provider.usage({ keyId: leaked, from: NOW - DAY, until: NOW + 1, step: 'hour' })
    expect(readings.filter(({ gap }) => gap !== null).map(({ kind, gap }) => [kind, gap?.kind])).toEqual([['images', 'forbidden']])
    expect(callsOf(readings.flatMap(({ slices }) => slices))).toBe(1)
  })

  it('of a server that ignores the filter is still of this key only', async () => {
    const { sandbox, leaked, sibling, provider } = await world()
    sandbox.addCalls(sibling, { model: 'gpt-5-mini', times: 9 })
    sandbox.addCalls(leaked, { model: 'gpt-5-mini' })
    sandbox.tune({ usageFilter: 'ignored' })
    const readings = await provider.usage({ keyId: leaked, from: NOW - DAY, until: NOW + 1, step: 'hour' })
    expect(callsOf(readings.flatMap(({ slices }) => slices))).toBe(1)
    expect((await provider.costs(leaked, NOW - DAY, NOW + 1)).length).toBe(1)
  })
})

describe('costs', () => {
  it('are read by day and item', async () => {
    const { sandbox, leaked, sibling, provider } = await world()
    sandbox.addCalls(leaked, { model: 'gpt-5-mini', inputTokens: 1_000_000, outputTokens: 0, agoMs: 100 * DAY })
    sandbox.addCalls(leaked, { model: 'gpt-5-nano', inputTokens: 2_000_000, outputTokens: 0 })
    sandbox.addCalls(sibling, { model: 'gpt-5-mini', inputTokens: 9_000_000 })
    const costs = await provider.costs(leaked, NOW - 120 * DAY, NOW + 1)
    expect(costs).toMatchObject([
      { item: 'gpt-5-mini, input and output', amount: 0.4, currency: 'usd' },
      { item: 'gpt-5-nano, input and output', amount: 0.8, currency: 'usd', from: Date.UTC(2026, 10, 20), until: Date.UTC(2026, 10, 21) },
    ])
  })
})

describe('events', () => {
  it('are read over all pages, newest first, with who did it and from where', async () => {
    const { sandbox, leaked, sibling, provider } = await world()
    const eve = { email: 'eve@sandbox.invalid', ip: '192.0.2.7' }
    for (let at = 0; at < 120; at += 1) sandbox.addEvent(leaked, { type: 'api_key.updated', agoMs: at * HOUR, session: eve })
    sandbox.addEvent(sibling, { type: 'api_key.updated' })
    const events = await provider.keyEvents(leaked, NOW - DAY)
    expect(events).toHaveLength(121)
    expect(events[0]).toEqual({ at: NOW, type: 'api_key.updated', about: 'key', by: { kind: 'session', id: expect.any(String), email: eve.email, ip: eve.ip } })
    expect(events.at(-1)).toMatchObject({ type: 'api_key.created', by: { kind: 'key' } })
  })

  it('hold nothing that a terminal would obey', async () => {
    const { sandbox, leaked, provider } = await world()
    sandbox.addEvent(leaked, { type: 'api_key.updated', session: { email: '\u001b[2Jeve\u202e@x', ip: '::error::1\n2' } })
    expect((await provider.keyEvents(leaked, NOW - DAY))[0]?.by).toMatchObject({ email: 'eve@x', ip: ': :error::1 2' })
  })
})
