import { Flags } from '@oclif/core'
import { RunCommand } from '../cli/config-command.ts'
import { approvePlan } from '../cli/approval.ts'
import { pickNames, runOptions } from '../cli/session.ts'
import { readKey } from '../cli/stdin.ts'
import { listOf } from '../cli/flags.ts'
import { rotate } from '../engine/runs.ts'
import { misused } from '../cli/base-command.ts'

export default class Rotate extends RunCommand {
  static override summary = 'move credentials to a new key, or go on with a rotation that is under way'
  static override description =
    'Makes a new key, proves it, puts it everywhere the old one is, lets both live side by side, and revokes the old one when that is proven to be safe. Each call makes what progress it can and ends; call it again to go on.'
  static override strict = false
  static override usage = 'rotate [NAME…] [flags]'
  static override examples = [
    '<%= config.bin %> rotate',
    '<%= config.bin %> rotate prod-api --yes',
    'printf %s "$NEW_KEY" | <%= config.bin %> rotate prod-api --yes --new-key-stdin',
  ]
  static override flags = {
    from: Flags.string({ description: 'the target whose key is the old one, where targets disagree', helpValue: 'TARGET' }),
    'no-rollback': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'a target that cannot be taken back, accepted by name',
      helpValue: 'TARGET',
    }),
    'change-project': Flags.boolean({ description: 'accept that the new key belongs to another project than the old one' }),
    'new-key-stdin': Flags.boolean({ description: 'read the new key from stdin, where no API can make one' }),
  }

  override async run(): Promise<number> {
    const { argv, flags } = await this.parse(Rotate)
    const session = await this.session(flags, true)
    const names = pickNames(session.site, argv as string[])
    if (flags['new-key-stdin'] && names.length !== 1) throw misused('--new-key-stdin gives one key: name one credential')
    const options = runOptions(flags, {
      ...(flags.from === undefined ? {} : { from: flags.from }),
      noRollback: listOf(flags['no-rollback']),
      changeProject: flags['change-project'],
      pasted: flags['new-key-stdin'] ? await readKey(process.stdin) : null,
    })
    if (!flags.yes) await approvePlan(session, names, options)
    return this.perform(session, flags, names, (name) => rotate(session.ws, name, options))
  }
}
