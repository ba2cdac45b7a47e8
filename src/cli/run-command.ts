/** Commands that run something in a config. Apart from those that only look: the engine loads with these. */
import type { RunReport } from '../domain/run.ts'
import { printable } from '../domain/printable.ts'
import type { NoticeFacts } from '../domain/notice.ts'
import { rotateDue } from '../engine/due.ts'
import { noticesOfIncidents, noticesOfRuns, noticesOfTick } from '../engine/notices.ts'
import { announce } from '../engine/notify.ts'
import type { RunOptions } from '../ports/workspace.ts'
import { asciiJson, dueJson, runsJson } from '../ui/json.ts'
import { dueLines } from '../ui/text/due.ts'
import { reportLines } from '../ui/text/report.ts'
import { ConfigCommand } from './config-command.ts'
import { COMMON_FLAGS, CONFIG_FLAGS, RUN_FLAGS } from './flags.ts'
import { eachCredential, exitOf, type Session } from './session.ts'

export abstract class RunCommand extends ConfigCommand {
  static override baseFlags = { ...COMMON_FLAGS, ...CONFIG_FLAGS, ...RUN_FLAGS }

  /** One act per credential, shown as asked; `again` may act once more on one, when all had their turn. Resolves with the exit code of all. */
  protected async perform(
    session: Session,
    flags: { readonly json: boolean; readonly events: boolean },
    names: readonly string[],
    act: (name: string) => Promise<RunReport>,
    again: (report: RunReport) => Promise<RunReport> = async (report) => report,
  ): Promise<number> {
    const reports: RunReport[] = []
    for (const report of await eachCredential(names, act)) reports.push(await again(report))
    await session.view.close()
    const now = session.ws.clock.now()
    await tell(session, [...noticesOfIncidents(reports, now), ...(session.prompter === null ? noticesOfRuns(reports, now) : [])])
    if (flags.events) writeResults(reports)
    else
      this.show(
        flags.json,
        () => runsJson(reports),
        () => reports.flatMap((report) => reportLines(report, now, session.screen.columns)),
      )
    return exitOf(reports)
  }

  /** One tick of a schedule, shown as asked; resolves with its exit code. */
  protected async performDue(
    session: Session,
    flags: { readonly json: boolean; readonly events: boolean },
    names: readonly string[],
    options: RunOptions,
  ): Promise<number> {
    const report = await rotateDue(session.ws, names, options)
    await session.view.close()
    await tell(session, noticesOfTick(report), report.remembered)
    if (flags.events) {
      writeResults(report.runs)
      process.stdout.write(`${asciiJson({ type: 'due', ...dueJson(report) })}\n`)
    } else
      this.show(
        flags.json,
        () => ({ ...(runsJson(report.runs) as object), ...dueJson(report) }),
        () => dueLines(report, session.screen.columns),
      )
    return report.exit
  }
}

/** Tells people who are not here. What cannot be told is said, and changes nothing. */
async function tell({ ws, screen }: Session, facts: readonly NoticeFacts[], remembered?: ReadonlySet<string>): Promise<void> {
  const { failures } = await announce(ws, facts, remembered).catch(() => ({ failures: [] }))
  for (const failure of failures) screen.say(`warning: ${printable(failure, 300)}`)
}

function writeResults(reports: readonly RunReport[]): void {
  for (const report of reports) process.stdout.write(`${asciiJson({ type: 'result', ...(runsJson([report]) as { runs: object[] }).runs[0] })}\n`)
}
