/**
 * One hunt, by the very generators of the search: stops at the first violation of the exhaustive slice, and at the first seed
 * that violates. Run in a copy of the source that may hold a planted bug; prints one JSON object.
 */
import { parseArgs } from 'node:util'
import { doJob, type Found, type Job } from './jobs.ts'
import { exhaustiveJobs, randomJobs, sliceJobs } from './programme.ts'
import { incidentJobs, incidentSlice } from './programme-incident.ts'

export interface Hunt {
  /** The first violation; its number counts the schedules of the whole hunt, or is the seed. */
  readonly found: Found | null
  readonly schedules: number
}

export interface Hunts {
  readonly exhaustive: Hunt
  readonly random: Hunt
}

Error.stackTraceLimit = 0

async function hunt(jobs: readonly Job[]): Promise<Hunt> {
  let schedules = 0
  for (const job of jobs) {
    const sum = await doJob(job)
    const first = sum.found[0]
    schedules += sum.schedules
    if (first !== undefined) return { found: job.is === 'random' ? first : { ...first, number: schedules }, schedules }
  }
  return { found: null, schedules }
}

const { values } = parseArgs({
  options: { in: { type: 'string', default: 'both' }, seeds: { type: 'string', default: '0' }, full: { type: 'boolean', default: false } },
})
const rotations = values.in === 'incidents' ? [] : values.full ? exhaustiveJobs() : sliceJobs()
const incidents = values.in === 'rotations' ? [] : values.full ? incidentJobs() : incidentSlice()
const exhaustive = await hunt([...rotations, ...incidents].map((job) => ({ ...job, enough: 1 })))
// No seed draws an incident.
const random = await hunt(values.in === 'incidents' ? [] : randomJobs(1, Number(values.seeds), 100, 1))
process.stdout.write(JSON.stringify({ exhaustive, random } satisfies Hunts))
