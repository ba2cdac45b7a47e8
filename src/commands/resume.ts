import { RunCommand } from '../cli/run-command.ts'
import { pickNames, runOptions } from '../cli/session.ts'
import { resume } from '../engine/runs.ts'

export default class Resume extends RunCommand {
  static override summary = 'go on with rotations that are under way; begins nothing'
  static override strict = false
  static override usage = 'resume [NAME…] [flags]'
  static override examples = ['<%= config.bin %> resume', '<%= config.bin %> resume prod-api']

  override async run(): Promise<number> {
    const { argv, flags } = await this.parse(Resume)
    const session = await this.session(flags, true)
    const names = pickNames(session.site, argv as string[])
    return this.perform(session, flags, names, (name) => resume(session.ws, name, runOptions(flags)))
  }
}
