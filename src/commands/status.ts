import { Flags } from '@oclif/core'
import { gatherStatus } from '../audit/status.ts'
import { ConfigCommand } from '../cli/config-command.ts'
import { statusJson } from '../ui/json.ts'
import { statusExit, statusLines } from '../ui/text/status.ts'

export default class Status extends ConfigCommand {
  static override summary = 'show every credential: generation, age, slots, open run, dates; changes nothing'
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status --json', '<%= config.bin %> status --fail-on error']
  static override flags = {
    'fail-on': Flags.option({
      options: ['info', 'warning', 'error', 'never'] as const,
      default: 'warning' as const,
      env: 'KEYROT_FAIL_ON',
      description: 'exit 4 when something at least this bad is found',
    })(),
  }

  override async run(): Promise<number> {
    const { flags } = await this.parse(Status)
    const session = await this.session(flags)
    const report = await gatherStatus(session.ws)
    this.show(
      flags.json,
      () => statusJson(report),
      () => statusLines(report, session.screen.columns),
    )
    return statusExit(report, flags['fail-on'])
  }
}
