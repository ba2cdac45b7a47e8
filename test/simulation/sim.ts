/** The search, by hand: `npm run sim -- --help`. */
import { availableParallelism } from 'node:os'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { doTogether } from './crew.ts'
import { describeFailure } from './exhaustive.ts'
import { medianFaults, parsePlan, type Job, type Sum } from './jobs.ts'
import { exhaustiveJobs, randomJobs, scenarioById } from './programme.ts'
import { incidentJobs } from './programme-incident.ts'
import { playSeed } from './random.ts'
import { play } from './schedule.ts'
import { faultTable, situationTable } from './tables.ts'

const PIECE = 250
const ENOUGH = 5

const HELP = `npm run sim -- …
  --schedules N [--from SEED]  random schedules (100000)
  --exhaustive   every placement of up to two faults in a rotation: all mixes of
                 targets, every fate of the record; one fault in every other start
  --incident     every placement of up to two faults in an incident (20 to
                 25 minutes): over four targets in both faces, a plain leak, severed first, a
                 target down (named or not); over two targets, everything else a
                 leak can meet, and every phase of a rotation it can meet; record
                 kept, lost with a death, lost with each call. One fault in all of
                 it over four targets, in every mix, and with the record damaged.
                 Not played: what an earlier schedule has shown already, because
                 an invocation begins alike in all that decides what follows
  --only TEXT    of these, the pieces whose names begin so
  --replay WHAT  one schedule, as a search has named it
  --workers N    threads (2)
Exit code 1 on a violation.
`

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    from: { type: 'string' },
    exhaustive: { type: 'boolean', default: false },
    incident: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    replay: { type: 'string' },
    help: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
})

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function search(title: string, jobs: readonly Job[]): Promise<Sum> {
  const begun = performance.now()
  let told = begun
  const progress = (done: number, total: Sum): void => {
    if (performance.now() - told < 10_000) return
    told = performance.now()
    process.stderr.write(`${done} of ${jobs.length} pieces, ${total.schedules} schedules, ${total.found.length} violations\n`)
  }
  const sum = await doTogether(jobs, { width: Number(values.workers), enough: ENOUGH, progress })
  const seconds = (performance.now() - begun) / 1000
  say(`${title}: ${sum.schedules} schedules, ${Math.round(sum.schedules / seconds)} a second, ${sum.found.length} violations`)
  for (const found of sum.found) say(`\n${found.description}\n  replay: npm run sim -- --replay ${found.replay}`)
  return sum
}

async function searchRandom(): Promise<Sum> {
  const from = Number(values.from ?? values.seed ?? 1)
  const schedules = Number(values.schedules)
  const sum = await search(`seeds ${from} to ${from + schedules - 1}`, randomJobs(from, schedules, PIECE))
  say(
    `median faults ${medianFaults(sum)}, several actors in ${((100 * sum.severalActors) / sum.schedules).toFixed(1)} %, at most ${sum.mostMints} keys minted in one schedule`,
  )
  return sum
}

async function searchAll(): Promise<Sum> {
  const sum = await search(
    'all placements of up to two faults',
    (values.incident ? incidentJobs() : exhaustiveJobs()).filter((job) => job.id.startsWith(values.only)),
  )
  say(`the longest undisturbed run has ${sum.effects} effects\n\n${faultTable(sum)}`)
  return sum
}

async function replay(what: string): Promise<boolean> {
  const [id = '', faults] = what.split('@')
  const scenario = faults === undefined ? null : scenarioById(id)
  if (faults !== undefined && scenario === null) throw new TypeError('no such scenario')
  const { drawn, result } =
    scenario === null
      ? await playSeed(Number(what))
      : { drawn: { scenario, plan: parsePlan(faults ?? '') }, result: await play(scenario, parsePlan(faults ?? '')) }
  say(`${describeFailure({ ...drawn, result })}\n\n${JSON.stringify(drawn.scenario)}\n`)
  say(result.trace.join('\n'))
  for (const violation of result.violations) say(`${violation.invariant}: ${violation.what}`)
  if (result.violations.length === 0) say('no violation')
  return result.violations.length === 0
}

if (values.help) say(HELP)
else if (values.replay !== undefined) {
  process.exitCode = (await replay(values.replay)) ? 0 : 1
} else {
  const sum = await (values.exhaustive || values.incident ? searchAll() : searchRandom())
  say(`\n${situationTable(sum)}`)
  process.exitCode = sum.found.length === 0 ? 0 : 1
}
