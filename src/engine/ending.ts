/** How a run ends, or pauses: what the record and the journal say of it. */
import type { CredentialRecord } from '../domain/record.ts'
import { plainNote } from '../flow/book.ts'
import { incoming, type Context } from '../flow/context.ts'
import type { Stop } from '../flow/step.ts'
import { afterStop, debtsOf } from './aftermath.ts'
import type { WalkEnd } from './engine.ts'
import type { Ending } from './report.ts'

/** Closes the run, or leaves it open with the reason on record. */
export async function endRun(cx: Context, end: WalkEnd): Promise<Ending> {
  const inIncident = cx.book.run.incident !== undefined
  const debts = inIncident && end.is === 'through' ? debtsOf(cx) : null
  if (debts !== null) return pause(cx, debts)
  if (end.is === 'through') return done(cx)
  if (inIncident && end.is === 'stopped') return pause(cx, afterStop(cx, end.stop))
  if (end.is === 'reconsider') return pause(cx, inIncident ? afterStop(cx, unsettled(cx, end.why)) : unsettled(cx, end.why))
  return end.stop.status === 'failed' ? fail(cx, end.stop) : pause(cx, end.stop)
}

function unsettled(cx: Context, why: string): Stop {
  return { status: 'parked', code: 'KR_UNSETTLED', message: `${cx.credential.name}: the world kept changing (${why}); nothing is lost, run again` }
}

async function done(cx: Context): Promise<Ending> {
  const back = cx.direction === 'back'
  const incident = cx.book.run.incident !== undefined
  await cx.book.append(back ? 'run.rolled-back' : 'run.done', { data: { generation: cx.book.run.generation, fingerprint: incoming(cx)?.fingerprint ?? null } })
  await cx.book.save((record) => ({ ...closed(record), current: plainNote(incoming(cx)) }))
  const left = cx.book.record.outstanding.length
  if (back) {
    const seen = incident ? '; the leaked new one is seen refused' : ''
    return { status: 'rolled-back', code: 'KR_ROLLED_BACK', message: `${cx.credential.name} is back on its old key everywhere${seen}` }
  }
  const rest = left === 0 ? '' : `; ${left} old ${left === 1 ? 'key is' : 'keys are'} still alive`
  if (incident)
    return {
      status: 'done',
      code: 'KR_INCIDENT_OVER',
      message: `the leaked key of ${cx.credential.name} is seen refused; every target is on its new key${rest}`,
    }
  return { status: 'done', code: left === 0 ? 'KR_DONE' : 'KR_DONE_OLD_KEY_ALIVE', message: `${cx.credential.name} is on its new key everywhere${rest}` }
}

function closed(record: CredentialRecord): CredentialRecord {
  return { ...record, run: null, current: record.current ?? record.run?.predecessor ?? null }
}

/** Nothing was changed, or all was put back: the run is over, and its names stay spent. */
async function fail(cx: Context, stop: Stop): Promise<Ending> {
  if (cx.book.stored) {
    await cx.book.append('run.failed', { code: stop.code })
    await cx.book.save(closed)
  }
  return stop
}

async function pause(cx: Context, stop: Stop): Promise<Ending> {
  if (!cx.book.stored) return stop
  await cx.book.append(stop.status === 'waiting' ? 'run.waiting' : 'run.parked', { code: stop.code, data: { until: stop.until ?? null } })
  const before = cx.book.run.parked
  // Since when it has stood there, not when it was last looked at.
  const parked = stop.status === 'waiting' ? null : before?.code === stop.code ? before : { code: stop.code, at: cx.ws.clock.now() }
  if (cx.book.pending || before?.code !== parked?.code) await cx.book.saveRun((run) => ({ ...run, parked }))
  return stop
}
