import { Flags } from '@oclif/core'
import { misused, refused } from '../cli/base-command.ts'
import { NAME_ARG, RunCommand } from '../cli/config-command.ts'
import { pickNames, runOptions, type Session } from '../cli/session.ts'
import { revoke } from '../engine/runs.ts'

export default class Revoke extends RunCommand {
  static override summary = 'revoke the old key of a credential: the retirement that is outstanding'
  static override description =
    'The key dies when its warrant is complete: new key live and read back twice, overlap and quiet time over. Without a person at the terminal: --yes --confirm NAME.'
  static override args = { name: NAME_ARG }
  static override examples = ['<%= config.bin %> revoke prod-api', '<%= config.bin %> revoke prod-api --yes --confirm prod-api']
  static override flags = { confirm: Flags.string({ description: 'the credential’s name once more', helpValue: 'NAME' }) }

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(Revoke)
    if (flags.confirm !== undefined && flags.confirm !== args.name) throw misused('--confirm does not repeat the name of the credential')
    const session = await this.session(flags, true)
    const names = pickNames(session.site, [args.name])
    await confirmed(session, args.name, flags.yes && flags.confirm === args.name)
    const options = runOptions(flags, { revokeConfirmed: true })
    return this.perform(session, flags, names, (name) => revoke(session.ws, name, options))
  }
}

/** By both flags, or by a person: a death cannot be undone. */
async function confirmed({ prompter }: Session, name: string, byFlags: boolean): Promise<void> {
  if (byFlags) return
  if (prompter === null) {
    throw refused(
      'KR_REVOCATION_NOT_CONFIRMED',
      'revoking cannot be undone, and nobody is here to confirm it',
      `confirm it with: keyrot revoke ${name} --yes --confirm ${name}`,
    )
  }
  const facts = ['the old key dies as soon as its warrant is complete; this cannot be undone', 'what cannot be proven to be safe is asked item by item']
  const yes = await prompter.confirm({ id: 'revoke', title: `revoke the old key of ${name}?`, facts })
  if (!yes) throw refused('KR_REVOCATION_NOT_CONFIRMED', 'not confirmed; nothing changed')
}
