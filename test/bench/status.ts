/**
 * `status` of many credentials, each in four targets (a `.env` file, AWS, Kubernetes, Vercel), 20 ms an answer, at a terminal.
 * `npm run bench:status [-- --credentials 1000]`; exits 1 when a bar of issue 3 is missed. What the ideal is, and the bare client beside
 * it: fan-out.ts. Memory is flat when a credential more costs no more among a thousand than among a few hundred.
 */
import { parseArgs } from 'node:util'
import { idealOf, judged, makeFolder, measure, paceOf, startClouds, writeConfig, type Measured } from './command.ts'
import type { StoreKind, Tally } from './loopback.ts'

const LATENCY = 20
const MOST_RATIO = 1.3
/** What one credential may hold on to: its settings, four observations, what is told of it. */
const MOST_KB = 64
const STORES: readonly StoreKind[] = ['dotenv', 'aws', 'kubernetes', 'vercel']
const PARTS = 4

interface Run {
  readonly measured: Measured
  readonly tally: Tally
  readonly pace: number
}

async function status(credentials: number): Promise<Run> {
  const { folder, remove } = makeFolder()
  const clouds = await startClouds({ folder, stores: STORES, records: credentials, keys: credentials })
  try {
    const perCredential = Array.from({ length: credentials }, (_, of) => clouds.targets.map((targets) => targets[of] ?? ''))
    writeConfig(folder, clouds.provider, 'overlap: 24h', perCredential)
    await clouds.start(LATENCY)
    const measured = await measure(['status', '--fail-on', 'never'], folder, clouds.environment)
    const tally = await clouds.tally()
    return { measured, tally, pace: await paceOf(tally, LATENCY, clouds) }
  } finally {
    clouds.close()
    remove()
  }
}

function checked(credentials: number, run: Run): Run {
  if (run.measured.code === 0) return run
  throw new Error(`status of ${credentials} credentials ended with ${String(run.measured.code)}\n${run.measured.end}`)
}

const { values } = parseArgs({ options: { credentials: { type: 'string', default: '1000' } } })
const credentials = Number(values.credentials)
const few = checked(credentials / PARTS, await status(credentials / PARTS))
const many = checked(credentials, await status(credentials))
const { measured, tally, pace } = many
const ideal = idealOf(tally, LATENCY)
const fast = measured.wallMs <= ideal * MOST_RATIO
const kb = ((measured.peakMb - few.measured.peakMb) * 1024) / (credentials - credentials / PARTS)
const flat = kb <= MOST_KB
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
process.stdout.write(
  [
    `${credentials} credentials in ${STORES.length} targets: ${tally.calls} calls, ${tally.atOnce} at once; ideal ${seconds(ideal)}`,
    `  took ${seconds(measured.wallMs)}; ${(measured.cpuMs / tally.calls).toFixed(2)} ms of CPU a call; ${measured.peakMb.toFixed(0)} MB`,
    judged(`${(measured.wallMs / ideal).toFixed(2)}x the ideal (a bare client here and now: ${pace.toFixed(2)}x)`, `${MOST_RATIO}x`, fast),
    judged(`${kb.toFixed(0)} KB for each credential from ${credentials / PARTS} to ${credentials}`, `${MOST_KB} KB`, flat),
    '',
  ].join('\n'),
)
if (!fast || !flat) process.exitCode = 1
