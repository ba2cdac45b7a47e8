import { Flags } from '@oclif/core'
import { misused, refused } from '../cli/base-command.ts'
import { NAME_ARG, RunCommand } from '../cli/config-command.ts'
import { pickNames, runOptions } from '../cli/session.ts'
import { revoke } from '../engine/runs.ts'

export default class Revoke extends RunCommand {
  static override summary = 'revoke the old key of a credential now: the retirement that is outstanding'
  static override description = 'Needs a complete warrant, as every retirement does. Without a person at the terminal: --yes --confirm NAME.'
  static override args = { name: NAME_ARG }
  static override examples = ['<%= config.bin %> revoke prod-api', '<%= config.bin %> revoke prod-api --yes --confirm prod-api']
  static override flags = { confirm: Flags.string({ description: 'the credential’s name once more', helpValue: 'NAME' }) }

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(Revoke)
    if (flags.confirm !== undefined && flags.confirm !== args.name) throw misused('--confirm does not repeat the name of the credential')
    const session = await this.session(flags, true)
    const names = pickNames(session.site, [args.name])
    const revokeConfirmed = flags.yes && flags.confirm === args.name
    if (!revokeConfirmed && session.prompter === null) {
      throw refused('KR_REVOCATION_NOT_CONFIRMED', 'revoking cannot be undone, and nobody is here to confirm it', `confirm it with: keyrot revoke ${args.name} --yes --confirm ${args.name}`)
    }
    return this.perform(session, flags, names, (name) => revoke(session.ws, name, runOptions(flags, { revokeConfirmed })))
  }
}
