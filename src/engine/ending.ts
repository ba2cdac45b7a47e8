/** How a run ends, or pauses: what the record and the journal say of it. */
import type { CredentialRecord } from '../domain/record.ts'
import { plainNote } from '../flow/book.ts'
import { incoming, type Context } from '../flow/context.ts'
import type { Stop } from '../flow/step.ts'
import type { WalkEnd } from './engine.ts'
import type { Ending } from './report.ts'

/** Closes the run, or leaves it open with the reason on record. */
export async function endRun(cx: Context, end: WalkEnd): Promise<Ending> {
  if (end.is === 'through') return done(cx)
  if (end.is === 'reconsider')
    return pause(cx, {
      status: 'parked',
      code: 'KR_UNSETTLED',
      message: `${cx.credential.name}: the world kept changing (${end.why}); nothing is lost, run again`,
    })
  return end.stop.status === 'failed' ? fail(cx, end.stop) : pause(cx, end.stop)
}

async function done(cx: Context): Promise<Ending> {
  const back = cx.direction === 'back'
  await cx.book.append(back ? 'run.rolled-back' : 'run.done', { data: { generation: cx.book.run.generation, fingerprint: incoming(cx)?.fingerprint ?? null } })
  await cx.book.save((record) => ({ ...closed(record), current: plainNote(incoming(cx)) }))
  const left = cx.book.record.outstanding.length
  if (back) return { status: 'rolled-back', code: 'KR_ROLLED_BACK', message: `${cx.credential.name} is back on its old key everywhere` }
  const rest = left === 0 ? '' : `; ${left} old ${left === 1 ? 'key is' : 'keys are'} still alive`
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
  const parked = stop.status === 'waiting' ? null : { code: stop.code, at: cx.ws.clock.now() }
  if (cx.book.pending || cx.book.run.parked?.code !== parked?.code) await cx.book.saveRun((run) => ({ ...run, parked }))
  return stop
}
