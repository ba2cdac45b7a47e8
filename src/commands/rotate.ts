import * as Flags from '@oclif/core/flags'
import { RunCommand } from '../cli/run-command.ts'
import { approvePlan } from '../cli/approval.ts'
import { pickNames, runOptions } from '../cli/session.ts'
import { listOf } from '../cli/flags.ts'
import { rotate } from '../engine/runs.ts'
import { misused } from '../cli/base-command.ts'
import { givenKey } from '../cli/given-key.ts'

export default class Rotate extends RunCommand {
  static override summary = 'move credentials to a new key, or go on with a rotation that is under way'
  static override description =
    'Makes a new key, proves it, puts it everywhere the old one is, lets both live side by side, and revokes the old one when that is proven to be safe. Each call makes what progress it can and ends; call it again to go on.'
  static override strict = false
  static override usage = 'rotate [NAME…] [flags]'
  static override examples = [
    '<%= config.bin %> rotate',
    '<%= config.bin %> rotate prod-api --yes',
    '<%= config.bin %> rotate --due',
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
    'managed-elsewhere': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'a target whose record another controller manages, accepted by name',
      helpValue: 'TARGET',
    }),
    'change-project': Flags.boolean({ description: 'accept that the new key belongs to another project than the old one' }),
    due: Flags.boolean({
      description: 'for cron: only what is due by policy, in its window, open rotations first; never asks; ends with when to come back',
      exclusive: ['from', 'new-key-stdin'],
    }),
    until: Flags.option({
      options: ['drain'] as const,
      description: 'end before the old key may die: another job, with the right to delete, calls revoke',
    })(),
    'new-key-stdin': Flags.boolean({ description: 'read the new key from stdin, where no API can make one' }),
  }

  override async run(): Promise<number> {
    const { argv, flags } = await this.parse(Rotate)
    const session = await this.session(flags, !flags.due)
    const names = pickNames(session.site, argv as string[])
    if (flags['new-key-stdin'] && names.length !== 1) throw misused('--new-key-stdin gives one key: name one credential')
    const options = runOptions(flags, {
      ...(flags.from === undefined ? {} : { from: flags.from }),
      noRollback: listOf(flags['no-rollback']),
      managedElsewhere: listOf(flags['managed-elsewhere']),
      changeProject: flags['change-project'],
      pasted: flags['new-key-stdin'] ? await givenKey(session, 'the new key') : null,
      ...(flags.until === undefined ? {} : { until: flags.until }),
    })
    if (flags.due) return this.performDue(session, flags, names, options)
    if (!flags.yes) await approvePlan(session, names, options)
    return this.perform(session, flags, names, (name) => rotate(session.ws, name, options))
  }
}
