import { NAME_ARG } from '../cli/config-command.ts'
import { RunCommand } from '../cli/run-command.ts'
import { pickNames, runOptions } from '../cli/session.ts'
import { forget } from '../engine/runs.ts'

export default class Forget extends RunCommand {
  static override summary = 'take keyrot’s markers and fallback slots away; the key in use stays'
  static override args = { name: NAME_ARG }

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(Forget)
    const session = await this.session(flags, true)
    const names = pickNames(session.site, [args.name])
    return this.perform(session, flags, names, (name) => forget(session.ws, name, runOptions(flags)))
  }
}
