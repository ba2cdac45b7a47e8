import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { openSite } from '../cli/compose.ts'
import { ConfigCommand } from '../cli/config-command.ts'
import { scheduleFacts, writeSchedule } from '../cli/schedule.ts'
import { PLATFORMS } from '../schedule/facts.ts'
import { scheduleFile } from '../schedule/schedule.ts'

export default class Schedule extends ConfigCommand {
  static override summary = 'write the scheduler file that rotates what is due, for this config'
  static override description =
    'A workflow, CI jobs, a CronJob or a line for crontab: pinned to this keyrot, with the least rights, one at a time. Its first lines tell what to prepare. Reads the config only; nothing is asked of anybody.'
  static override args = { platform: Args.string({ required: true, options: [...PLATFORMS], description: 'who calls keyrot' }) }
  static override examples = [
    '<%= config.bin %> schedule github --output .github/workflows/keyrot.yml',
    '<%= config.bin %> schedule kubernetes | kubectl apply -f -',
    '<%= config.bin %> schedule cron',
  ]
  static override flags = { output: Flags.string({ description: 'the file to write; stdout if not given', helpValue: 'FILE' }) }

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(Schedule)
    const { screen } = this.surface()
    const platform = PLATFORMS.find((known) => known === args.platform) ?? 'cron'
    const { config } = await openSite({ config: flags.config, state: flags.state }, this.interruption, screen.say)
    const { version, root } = this.config
    const markdown = this.config.findCommand('status')?.flags['markdown'] !== undefined
    const text = scheduleFile(platform, await scheduleFacts({ platform, config, path: flags.config, version, root, markdown }))
    if (flags.output !== undefined) {
      await writeSchedule(flags.output, text)
      screen.say(`wrote ${flags.output}; its first lines tell what to prepare`)
    }
    this.show(
      flags.json,
      () => ({ platform, output: flags.output ?? null, text }),
      () => (flags.output === undefined ? text.trimEnd().split('\n') : []),
    )
    return 0
  }
}
