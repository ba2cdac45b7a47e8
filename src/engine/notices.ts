/** Which facts of a tick, or of single runs, are worth a notice. Pure. */
import type { Ms } from '../domain/duration.ts'
import type { NoticeFacts } from '../domain/notice.ts'
import type { RunReport } from '../domain/run.ts'
import type { DueTick } from './due.ts'
import { WANTED } from './tries.ts'

/** Fewer tries than this are a passing fault. */
const WORTH_TELLING = 3

/** After a tick: what its runs came to, and what stands. */
export function noticesOfTick(tick: DueTick): readonly NoticeFacts[] {
  return [...noticesOfRuns(tick.runs, tick.at), ...noticesOfIncidents(tick.runs, tick.at), ...tick.facts.flatMap((one) => standing(tick, one))]
}

function standing(tick: DueTick, one: DueTick['facts'][number]): NoticeFacts[] {
  const { name, generation, stall, record, move, policy, state, gap } = one
  const fact = (kind: NoticeFacts['kind'], code: string, since: Ms | null): NoticeFacts => ({ kind, credential: name, code, generation, since })
  const run = record?.run ?? null
  const parked = run?.parked ?? null
  const report = tick.runs.find(({ credential }) => credential === name)
  const wanted = parked !== null && (WANTED.has(parked.code) || report?.status === 'person') ? parked : null
  // A record that was made anew by this tick does not know since when.
  const since = (at: Ms): Ms | null => (tick.remembered.has(name) ? at : one.runSince)
  const drainedAt = begunAt(since(run?.startedAt ?? tick.at), policy.overlap + policy.quiet, tick.at)
  const dueSoon = (state === 'settled' || gap !== null) && move.deadline !== null && tick.at >= move.deadline - policy.warnBefore
  return [
    ...(stall !== undefined && stall.tries >= WORTH_TELLING ? [fact('parked', stall.code, stall.firstAt)] : []),
    ...(wanted === null ? [] : [fact('needs-person', wanted.code, since(wanted.at))]),
    ...(wanted === null && waitsForApproval(report) ? [fact('needs-person', 'KR_APPROVAL_WANTED', since(run?.startedAt ?? tick.at))] : []),
    ...(move.why === 'empty' ? [fact('needs-person', 'KR_FIRST_KEY_WANTED', null)] : []),
    ...(gap === null && move.why === 'age-unknown' ? [fact('needs-person', 'KR_STATE_NEEDED', null)] : []),
    ...(record?.outstanding ?? []).map((note) => fact('revocation-outstanding', 'KR_DONE_OLD_KEY_ALIVE', since(note.since))),
    ...(report?.code === 'KR_UNTIL_DRAIN' ? [fact('revocation-outstanding', 'KR_UNTIL_DRAIN', drainedAt)] : []),
    ...(run?.incident === undefined || report?.moments !== undefined ? [] : [fact('incident', 'KR_INCIDENT_OPEN', since(run.incident.declaredAt))]),
    ...(dueSoon ? [fact('due', 'KR_DUE', move.deadline)] : []),
  ]
}

/** Since when another job is awaited that may delete: the run was begun, and its overlap is over. */
function begunAt(run: Ms | null, soak: Ms, now: Ms): Ms | null {
  return run === null ? null : Math.min(now, run + soak)
}

/** The approval can be given while the overlap lasts: nobody has to wait for it then. */
function waitsForApproval(report: RunReport | undefined): boolean {
  return report?.findings.some(({ code }) => code === 'approval-wanted') ?? false
}

/** After runs that nobody watched at a terminal: what has come to its end. */
export function noticesOfRuns(reports: readonly RunReport[], now: Ms): readonly NoticeFacts[] {
  const ended = reports.filter(({ code }) => code === 'KR_DONE' || code === 'KR_DONE_OLD_KEY_ALIVE')
  return ended.map(({ credential, code, generation }) => ({ kind: 'done', credential, code, generation, since: now }))
}

/** After incidents, whoever watched them: others are to know of a leak. */
export function noticesOfIncidents(reports: readonly RunReport[], now: Ms): readonly NoticeFacts[] {
  return reports.flatMap(({ credential, generation, moments, code }): NoticeFacts[] => {
    if (moments === undefined) return []
    const over = code === 'KR_INCIDENT_OVER'
    return [{ kind: 'incident', credential, generation, code: over ? code : 'KR_INCIDENT_OPEN', since: over ? now : (moments['declared'] ?? now) }]
  })
}
