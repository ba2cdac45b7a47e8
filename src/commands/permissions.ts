import { openSite } from '../cli/compose.ts'
import { ConfigCommand } from '../cli/config-command.ts'
import { gatherPermissions } from '../cli/permissions.ts'
import { permissionsJson } from '../ui/json.ts'
import { permissionLines } from '../ui/text/permissions.ts'

export default class Permissions extends ConfigCommand {
  static override summary = 'print the least rights this config needs, ready to be handed on'
  static override description = 'An IAM policy for AWS, roles for Kubernetes, scopes for tokens. Reads the config only; nothing is asked of anybody.'
  static override examples = ['<%= config.bin %> permissions', '<%= config.bin %> permissions --json']

  override async run(): Promise<number> {
    const { flags } = await this.parse(Permissions)
    const { screen } = this.surface()
    const site = await openSite({ config: flags.config, state: flags.state }, this.interruption, screen.say)
    const sheets = gatherPermissions(site.config)
    this.show(
      flags.json,
      () => permissionsJson(sheets),
      () => permissionLines(sheets),
    )
    return 0
  }
}
