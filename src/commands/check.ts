import { ConfigCommand } from '../cli/config-command.ts'
import { gatherRights } from '../cli/check.ts'
import { checkJson } from '../ui/json.ts'
import { checkLines } from '../ui/text/check.ts'

export default class Check extends ConfigCommand {
  static override summary = 'check the config and every right keyrot needs; changes nothing'
  static override description = 'One line per right: proven, not testable without changing something, or missing.'

  override async run(): Promise<number> {
    const { flags } = await this.parse(Check)
    const session = await this.session(flags)
    const lines = await gatherRights(session.ws, session.site)
    this.show(
      flags.json,
      () => checkJson(lines),
      () => checkLines(lines, session.screen.columns),
    )
    return lines.some((line) => line.state === 'missing') ? 7 : 0
  }
}
