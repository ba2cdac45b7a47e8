import { NAME_ARG } from '../cli/config-command.ts'
import { RunCommand } from '../cli/run-command.ts'
import { pickNames, runOptions } from '../cli/session.ts'
import { rollback } from '../engine/runs.ts'

export default class Rollback extends RunCommand {
  static override summary = 'bring the old key back everywhere and retire the new one'
  static override args = { name: NAME_ARG }

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(Rollback)
    const session = await this.session(flags, true)
    const names = pickNames(session.site, [args.name])
    return this.perform(session, flags, names, (name) => rollback(session.ws, name, runOptions(flags)))
  }
}
