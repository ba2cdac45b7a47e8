/**
 * Telling people. What was told is remembered in the credential's record; where there is none, the age of a matter decides, so that
 * an hourly tick without state does not tell it every hour. A sink that fails is said, and changes nothing else.
 */
import { HOUR, type Ms } from '../domain/duration.ts'
import { toKeyrotError } from '../domain/errors.ts'
import { noticeOf, type Notice, type NoticeFacts } from '../domain/notice.ts'
import type { CredentialRecord } from '../domain/record.ts'
import type { Sink } from '../ports/sink.ts'
import type { Workspace } from '../ports/workspace.ts'
import { lockNames } from './credential.ts'

/** Without a record: how old the beginning of a level may be. An hourly timer meets it once, a late one twice at most. */
const FRESH: Ms = 1.5 * HOUR
/** What was told stays on record this long: longer than any level lasts. */
const REMEMBERED: Ms = 400 * 24 * HOUR

export interface Told {
  readonly sent: number
  /** One sentence per sink that did not take a notice. */
  readonly failures: readonly string[]
}

/**
 * Sends what is in order and was not told before to every sink that wants it. Never throws but for an interruption. Anybody may
 * call it: a schedule, an incident. `remembered`: the credentials whose record outlived an earlier call; all of them, if left out.
 */
export async function announce(ws: Workspace, facts: readonly NoticeFacts[], remembered?: ReadonlySet<string>): Promise<Told> {
  const sinks = ws.sinks ?? []
  if (sinks.length === 0 || facts.length === 0) return { sent: 0, failures: [] }
  const failures = new Set<string>()
  let sent = 0
  for (const name of new Set(facts.map(({ credential }) => credential))) {
    const taken: string[] = []
    for (const { notice, to } of await notices(ws, sinks, name, facts, remembered?.has(name) ?? true)) {
      const receipts = await sendToAll(to, notice, failures)
      sent += receipts.length === 0 ? 0 : 1
      taken.push(...receipts)
    }
    await remember(ws, name, taken)
  }
  return { sent, failures: [...failures] }
}

interface Outgoing {
  readonly notice: Notice
  /** Who wants it and has not taken it yet. */
  readonly to: readonly Sink[]
}

/** What of these facts is in order now and not on record. */
async function notices(ws: Workspace, sinks: readonly Sink[], name: string, facts: readonly NoticeFacts[], remembered: boolean): Promise<readonly Outgoing[]> {
  const now = ws.clock.now()
  const record = remembered ? await recordOf(ws, name) : null
  return facts.flatMap((one) => {
    const made = one.credential === name ? noticeOf(one, now) : null
    if (made === null || (record === null && now - made.from > FRESH)) return []
    const { notice } = made
    return [{ notice, to: sinks.filter((sink) => sink.wants(notice) && record?.told?.[receiptOf(notice, sink)] === undefined) }]
  })
}

/** What stands on record of a notice that a sink took: each is told by itself, so that one that was down misses nothing. */
function receiptOf({ id }: Notice, { name }: Sink): string {
  return `${id}@${name}`
}

async function recordOf(ws: Workspace, name: string): Promise<CredentialRecord | null> {
  return ws.records.load(name).then(
    ({ record }) => record,
    () => null,
  )
}

/** Receipts of those who took it. One failure does not keep it from the next. */
async function sendToAll(sinks: readonly Sink[], notice: Notice, failures: Set<string>): Promise<readonly string[]> {
  const ends = await Promise.all(
    sinks.map((sink) =>
      sink.send(notice).then(
        () => [receiptOf(notice, sink)],
        (thrown: unknown) => {
          const error = toKeyrotError(thrown)
          if (error.kind === 'interrupted') throw error
          failures.add(`the notice to ${sink.name} was not sent: ${[error.message, ...error.hints.slice(0, 1)].join(': ')} (${error.code})`)
          return []
        },
      ),
    ),
  )
  return ends.flat()
}

/** Under the lock, like every change of a record. Where that is not to be had, the next tick tells it once more. */
async function remember(ws: Workspace, name: string, receipts: readonly string[]): Promise<void> {
  const credential = ws.credentials.find((one) => one.name === name)
  if (receipts.length === 0 || credential === undefined) return
  const lock = await ws.locks.acquire(lockNames(credential)).catch(() => null)
  if (lock === null) return
  try {
    const { record, revision } = await ws.records.load(name)
    if (record === null || !(await lock.stillHeld())) return
    await ws.records.save({ ...record, told: merged(record.told ?? {}, receipts, ws.clock.now()) }, revision)
  } catch {
    // The notice is out; that it was is not worth the outcome of a run.
  } finally {
    await lock.release().catch(() => undefined)
  }
}

function merged(told: Readonly<Record<string, Ms>>, receipts: readonly string[], now: Ms): Record<string, Ms> {
  const kept = Object.entries(told).filter(([, at]) => now - at < REMEMBERED)
  return Object.fromEntries([...kept, ...receipts.map((receipt) => [receipt, now] as const)])
}
