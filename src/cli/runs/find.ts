/** Runs on record, over all credentials of a config. */
import type { JournalSummary } from '../../ports/system.ts'
import { misused } from '../base-command.ts'
import type { Site } from '../compose.ts'

/** Every journalled run, newest first. */
export async function allRuns(site: Site): Promise<readonly JournalSummary[]> {
  const perCredential = await Promise.all(site.config.credentials.map((credential) => site.records.runs(credential.name)))
  return perCredential.flat().toSorted((left, right) => right.startedAt - left.startedAt)
}

/** The run of this id, or the newest of this credential; `run` is `null` where a known credential has none on record. */
export async function findRun(site: Site, which: string): Promise<{ readonly credential: string; readonly run: string | null }> {
  const runs = await allRuns(site)
  const found = runs.find(({ run }) => run === which) ?? runs.find(({ credential }) => credential === which)
  if (found !== undefined) return { credential: found.credential, run: found.run }
  if (site.config.credentials.some(({ name }) => name === which)) return { credential: which, run: null }
  throw misused('there is neither a run nor a credential of this name', 'runs are listed by: keyrot runs')
}
