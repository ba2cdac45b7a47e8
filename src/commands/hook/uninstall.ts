import { BaseCommand } from '../../cli/base-command.ts'
import { placeHere } from '../../cli/hook.ts'
import { uninstallHooks } from '../../scan/hook/install.ts'
import { hookLines } from '../../ui/text/hook.ts'

export default class HookUninstall extends BaseCommand {
  static override summary = 'take keyrot out of the hooks of this repository; every file is as it was before'
  static override examples = ['<%= config.bin %> hook uninstall']

  override async run(): Promise<number> {
    const { flags } = await this.parse(HookUninstall)
    const report = await uninstallHooks(await placeHere())
    this.show(
      flags.json,
      () => report,
      () => hookLines(report),
    )
    return 0
  }
}
