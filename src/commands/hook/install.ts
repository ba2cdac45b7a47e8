import * as Flags from '@oclif/core/flags'
import { pathToFileURL } from 'node:url'
import { BaseCommand } from '../../cli/base-command.ts'
import { placeHere, thisKeyrot, yamlParser } from '../../cli/hook.ts'
import { installHooks } from '../../scan/hook/install.ts'
import { KEEPERS } from '../../scan/hook/place.ts'
import { hookLines } from '../../ui/text/hook.ts'

export default class HookInstall extends BaseCommand {
  static override summary = 'refuse commits and pushes that hold a key, in this repository'
  static override description =
    'Puts itself into pre-commit and pre-push, before what is there: as git starts them (core.hooksPath and work trees included), or in the files of husky, lefthook or the pre-commit framework. Doing so twice changes nothing; `keyrot hook uninstall` gives every file back as it was.'
  static override examples = ['<%= config.bin %> hook install', '<%= config.bin %> hook install --with lefthook']
  static override flags = {
    with: Flags.string({ options: [...KEEPERS], description: 'who starts the hooks; found out if not given', helpValue: 'TOOL' }),
    everywhere: Flags.boolean({ description: 'also where core.hooksPath is set for all repositories of this user' }),
  }

  override async run(): Promise<number> {
    const { flags } = await this.parse(HookInstall)
    const report = await installHooks(await placeHere(), {
      with: KEEPERS.find((keeper) => keeper === flags.with) ?? null,
      everywhere: flags.everywhere,
      fallback: thisKeyrot(pathToFileURL(`${this.config.root}/`)),
      parseYaml: await yamlParser(),
    })
    this.show(
      flags.json,
      () => report,
      () => hookLines(report),
    )
    return 0
  }
}
