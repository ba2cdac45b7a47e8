/**
 * One credential in many targets, each a record of its own: a whole first rotation at a terminal with the live view on, 50 ms an answer.
 * `npm run bench:fan-out [-- --store aws|kubernetes|vercel] [-- --targets 1000]`; exits 1 when a bar of issue 3 is missed.
 *
 * The ideal is the time of the calls that were made: the longest chain of them, or all of them 32 at a time, whichever is longer. Not
 * counted are the pauses that the flow takes on purpose (between two proofs of a key, say); they are the same for one target as for a
 * thousand, and are printed. A bare client paced beside each run says what the machine itself makes of the ideal.
 */
import { parseArgs } from 'node:util'
import { idealOf, judged, makeFolder, measure, paceOf, startClouds, writeConfig, type Measured } from './command.ts'
import type { StoreKind, Tally } from './loopback.ts'

const LATENCY = 50
const MOST_RATIO = 1.25
const MOST_MB = 200

interface Run {
  readonly measured: Measured
  readonly tally: Tally
  /** See `paceOf`. */
  readonly pace: number
}

async function rotate(store: StoreKind, targets: number): Promise<Run> {
  const { folder, remove } = makeFolder()
  const clouds = await startClouds({ folder, stores: [store], records: targets, keys: 1 })
  try {
    const policy = 'overlap: 0s, quiet: 0s, verifyWindow: 10s, listDelay: 1s, revoke: auto'
    writeConfig(folder, clouds.provider, policy, [clouds.targets[0] ?? []])
    await clouds.start(LATENCY)
    const measured = await measure(['rotate', '--yes', '--no-input', '--waive', 'consumers'], folder, clouds.environment)
    const tally = await clouds.tally()
    return { measured, tally, pace: await paceOf(tally, LATENCY, clouds) }
  } finally {
    clouds.close()
    remove()
  }
}

/** Prints one run; resolves with whether its bars hold. */
function report(title: string, { measured, tally, pace }: Run): boolean {
  const { code, wallMs, waitedMs, cpuMs, peakMb, end } = measured
  if (code !== 0) throw new Error(`${title}: keyrot ended with ${String(code)}\n${end}`)
  const ideal = idealOf(tally, LATENCY)
  const taken = wallMs - waitedMs
  const fast = taken <= ideal * MOST_RATIO
  const small = peakMb <= MOST_MB
  const least = (ideal + tally.aloneMs) / ideal
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
  process.stdout.write(
    [
      `${title}: ${tally.calls} calls, ${tally.chain} of them in a chain, ${tally.atOnce} at once; ideal ${seconds(ideal)}`,
      `  took ${seconds(taken)} besides ${seconds(waitedMs)} of pauses; ${(cpuMs / tally.calls).toFixed(2)} ms of CPU a call`,
      `  ${seconds(tally.aloneMs)} with the provider alone, one round after another: no less than ${least.toFixed(2)}x; a bare client here and now: ${pace.toFixed(2)}x`,
      judged(`${(taken / ideal).toFixed(2)}x the ideal`, `${MOST_RATIO}x`, fast),
      judged(`${peakMb.toFixed(0)} MB`, `${MOST_MB} MB`, small),
      '',
    ].join('\n'),
  )
  return fast && small
}

const { values } = parseArgs({ options: { store: { type: 'string' }, targets: { type: 'string' } } })
const stores = values.store === undefined ? (['aws', 'kubernetes', 'vercel'] as const) : [values.store as StoreKind]
for (const store of stores) {
  for (const targets of values.targets === undefined ? [100, 1_000] : [Number(values.targets)]) {
    if (!report(`${store}, ${targets} targets`, await rotate(store, targets))) process.exitCode = 1
  }
}
