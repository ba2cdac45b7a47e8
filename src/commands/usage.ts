import * as Flags from '@oclif/core/flags'
import { gatherUsage } from '../audit/usage-gather.ts'
import { misused } from '../cli/base-command.ts'
import { ConfigCommand, NAME_ARG } from '../cli/config-command.ts'
import { KEY_ID_FLAG, keyIdOf, momentOf } from '../cli/key-flags.ts'
import { wantsAscii } from '../cli/outside/screen.ts'
import { pickNames } from '../cli/session.ts'
import { usageJson } from '../ui/json-usage.ts'
import { usageLines } from '../ui/text/usage.ts'

export default class Usage extends ConfigCommand {
  static override summary = 'show what a key called, what is new in that, and what was logged about it'
  static override description =
    'For a key that leaked, or may have: calls, tokens, models and cost since a moment, against the two weeks before. It shows the key that an open run moves away from, else the key in use; another one with --key-id.'
  static override args = { name: NAME_ARG }
  static override examples = [
    '<%= config.bin %> usage prod-api',
    '<%= config.bin %> usage prod-api --since 6h',
    '<%= config.bin %> usage prod-api --since 2026-11-19T10:30 --key-id key_abc --json',
  ]
  static override flags = {
    since: Flags.string({ default: '24h', description: 'when it may have leaked: how long ago, or a date (UTC)', helpValue: 'DURATION|DATE' }),
    'key-id': KEY_ID_FLAG,
    ascii: Flags.boolean({ description: 'draw with ASCII only; so it is where the locale is not UTF-8' }),
  }

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(Usage)
    const since = momentOf(flags.since, '--since')
    const keyId = keyIdOf(flags['key-id'])
    const session = await this.session(flags)
    const [name] = pickNames(session.site, [args.name])
    const credential = session.ws.credentials.find((each) => each.name === name)
    if (credential === undefined) throw misused('the config has no credential of this name')
    const report = await gatherUsage(session.ws, credential, { keyId, since })
    this.show(
      flags.json,
      () => usageJson(report),
      () => usageLines(report, { columns: session.screen.columns, ascii: flags.ascii || wantsAscii() }),
    )
    return 0
  }
}
