/** How an incident ends, or pauses: until the leaked key is seen dead a person is wanted now; what is left behind is named. */
import type { RunFinding, RunReport } from '../domain/run.ts'
import { release } from '../flow/contain.ts'
import { isDead, leaving, type Context } from '../flow/context.ts'
import type { Stop } from '../flow/step.ts'
import type { Ground } from './opening.ts'
import type { Ending } from './report.ts'

/** Whatever ended the invocation: consumers that still live on a leaked key get their time back, and what could not be moved is said. */
export async function handBack({ ws, credential, book, facts }: Ground, report: RunReport): Promise<RunReport> {
  const findings: RunFinding[] = []
  await release({ ws, credential, book, facts, findings })
  return findings.length === 0 ? report : { ...report, findings: [...report.findings, ...findings] }
}

/** What a stop means in an incident: before the leaked key is dead it is never merely unfinished (exit 9). */
export function afterStop(cx: Context, stop: Stop): Stop {
  if (leakedAreDead(cx)) return stop
  const { name } = cx.credential
  const status = stop.status === 'refused' ? 'refused' : 'person'
  return { ...stop, status, message: `${stop.message}; the leaked key is not dead yet`, command: stop.command ?? `keyrot incident ${name}` }
}

/** Targets that an incident went without, once the leaked key is dead: they hold it until somebody brings them back. */
export function debtsOf(cx: Context): Stop | null {
  if (cx.debts.length === 0) return null
  const { name } = cx.credential
  return {
    status: 'parked',
    code: 'KR_INCIDENT_DEBT',
    message: `the leaked key of ${name} is dead; ${cx.debts.join(', ')} could not be reached and may still hold it: consumers there fail`,
    hints: ['bring the target back, then run the command below: it puts the new key there'],
    command: `keyrot incident ${name}`,
  }
}

/** The same for what ended the invocation before the run could say how it stands. */
export function urgent(ending: Ending, name: string): Ending {
  const command = `keyrot incident ${name}`
  const early = ending.status === 'failed' || ending.status === 'parked'
  return early ? { ...ending, status: 'person', message: `${ending.message}; the leaked key is not known to be dead`, command } : { ...ending, command }
}

function leakedAreDead(cx: Context): boolean {
  return leaving(cx).every((key) => isDead(cx, key))
}
