/** Commands that read the config, and those that run something in it. */
import { Args } from '@oclif/core'
import type { RunReport } from '../domain/run.ts'
import { asciiJson, runsJson } from '../ui/json.ts'
import { reportLines } from '../ui/text/report.ts'
import { BaseCommand } from './base-command.ts'
import { COMMON_FLAGS, CONFIG_FLAGS, RUN_FLAGS } from './flags.ts'
import { eachCredential, exitOf, openSession, type ConfigFlags, type Session } from './session.ts'

export const NAME_ARG = Args.string({ name: 'name', required: true, description: 'a credential of the config' })

export abstract class ConfigCommand extends BaseCommand {
  static override baseFlags = { ...COMMON_FLAGS, ...CONFIG_FLAGS }

  /** Everything connected. Asks nobody unless `mayAsk`. */
  protected async session(flags: ConfigFlags & { readonly 'no-input'?: boolean }, mayAsk = false): Promise<Session> {
    const session = await openSession(flags, this.surface(!mayAsk || flags['no-input'] === true), this.interruption)
    this.atEnd(() => session.view.close())
    return session
  }
}

export abstract class RunCommand extends ConfigCommand {
  static override baseFlags = { ...COMMON_FLAGS, ...CONFIG_FLAGS, ...RUN_FLAGS }

  /** One act per credential, shown as asked; resolves with the exit code of all. */
  protected async perform(
    session: Session,
    flags: { readonly json: boolean; readonly events: boolean },
    names: readonly string[],
    act: (name: string) => Promise<RunReport>,
  ): Promise<number> {
    const reports = await eachCredential(names, act)
    await session.view.close()
    const now = session.ws.clock.now()
    if (flags.events)
      for (const report of reports) process.stdout.write(`${asciiJson({ type: 'result', ...(runsJson([report]) as { runs: object[] }).runs[0] })}\n`)
    else
      this.show(
        flags.json,
        () => runsJson(reports),
        () => reports.flatMap((report) => reportLines(report, now, session.screen.columns)),
      )
    return exitOf(reports)
  }
}
