import * as Args from '@oclif/core/args'
import { misused } from '../cli/base-command.ts'
import { openSite } from '../cli/compose.ts'
import { ConfigCommand } from '../cli/config-command.ts'
import { allRuns } from '../cli/runs/find.ts'
import { runListJson, timelineJson } from '../ui/json.ts'
import { runsLines, timelineLines } from '../ui/text/runs.ts'

export default class Runs extends ConfigCommand {
  static override summary = 'list the runs on record, or show the timeline of one'
  static override args = { which: Args.string({ description: 'a run’s id for its timeline, or a credential for its runs' }) }
  static override examples = ['<%= config.bin %> runs', '<%= config.bin %> runs prod-api']

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(Runs)
    const { screen } = this.surface()
    const site = await openSite({ config: flags.config, state: flags.state }, this.interruption, screen.say)
    const runs = await allRuns(site)
    const one = runs.find((run) => run.run === args.which)
    if (one !== undefined) {
      const reading = await site.records.journal(one.credential, one.run)
      this.show(
        flags.json,
        () => timelineJson(one.run, reading),
        // One line an event, for `grep`; broken only where a person reads it.
        () => timelineLines(reading, process.stdout.isTTY ? screen.columns : Number.POSITIVE_INFINITY),
      )
      return 0
    }
    const listed = args.which === undefined ? runs : runs.filter((run) => run.credential === args.which)
    const known = site.config.credentials.some((credential) => credential.name === args.which)
    if (args.which !== undefined && !known) throw misused('there is neither a run nor a credential of this name', 'runs are listed by: keyrot runs')
    this.show(
      flags.json,
      () => runListJson(listed),
      () => runsLines(listed, screen.columns),
    )
    return 0
  }
}
