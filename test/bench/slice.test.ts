/** The bench of status, small, and what all benches count: what is called and how, without a word about time. */
import { afterEach, expect, it } from 'vitest'
import { CALLS_AT_ONCE } from '../../src/engine/turns.ts'
import { PYTHON } from '../pty/terminal.ts'
import { makeFolder, measure, startClouds, writeConfig, type Measured } from './command.ts'
import type { Call, Ready, StoreKind, Tally } from './loopback.ts'
import { aloneOf, atOnceOf, chainOf } from './tally.ts'

const LATENCY = 30
const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))

/** Runs keyrot over these stores; `credentialsOf` gives the settings of the targets of each credential. */
async function play(
  stores: readonly StoreKind[],
  size: { readonly records: number; readonly keys: number },
  credentialsOf: (ready: Ready) => readonly (readonly string[])[],
  args: readonly string[],
): Promise<{ readonly measured: Measured; readonly tally: Tally }> {
  const { folder, remove } = makeFolder()
  ends.push(remove)
  const clouds = await startClouds({ folder, stores, ...size })
  ends.push(() => clouds.close())
  writeConfig(folder, clouds.provider, 'overlap: 24h', credentialsOf(clouds))
  await clouds.start(LATENCY)
  const measured = await measure(args, folder, clouds.environment)
  return { measured, tally: await clouds.tally() }
}

it.skipIf(PYTHON === null)('a status asks for each target once, and for each provider once', { timeout: 180_000 }, async () => {
  const credentials = 20
  const perCredential = ({ targets }: Ready): string[][] => Array.from({ length: credentials }, (_, of) => targets.map((settings) => settings[of] ?? ''))
  const { measured, tally } = await play(['dotenv', 'aws', 'kubernetes', 'vercel'], { records: credentials, keys: credentials }, perCredential, [
    'status',
    '--fail-on',
    'never',
  ])
  expect(measured.code, measured.end).toBe(0)
  // A secret is described and read, a Secret read, a variable found and read; the keys are listed once, and five questions are asked of the project.
  expect(tally.calls).toBe(credentials * (2 + 1 + 2) + 1 + 5)
  expect(tally.atOnce).toBeLessThanOrEqual(CALLS_AT_ONCE)
})

it('counts a chain by what follows one another, and what is at once by what overlaps', () => {
  const call = (at: number, record: string | null = null): Call => ({ to: 'aws', at, record })
  const calls = [call(50), call(51), call(100, 'a'), call(120, 'b'), call(150, 'a'), call(155, 'a'), call(210)]
  expect(chainOf(calls, 50)).toBe(4)
  expect(atOnceOf(calls, 50)).toBe(3)
  expect([chainOf([], 50), atOnceOf([], 50)]).toEqual([0, 0])
})

it('counts the time in which the provider is asked and no store', () => {
  const call = (to: Call['to'], at: number): Call => ({ to, at, record: null })
  // From 0 to 120 the provider, beside it a store from 30 to 80 and from 110 to 160; then the provider once more, by itself.
  const calls = [call('provider', 50), call('provider', 70), call('provider', 120), call('aws', 80), call('aws', 160), call('provider', 300)]
  expect(aloneOf(calls, 50)).toBe(30 + 30 + 50)
  expect(aloneOf([], 50)).toBe(0)
})
