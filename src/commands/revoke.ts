import * as Flags from '@oclif/core/flags'
import { misused, refused } from '../cli/base-command.ts'
import { NAME_ARG } from '../cli/config-command.ts'
import { RunCommand } from '../cli/run-command.ts'
import { givenKey } from '../cli/given-key.ts'
import { keyIdOf } from '../cli/key-flags.ts'
import { pickNames, runOptions, type Session } from '../cli/session.ts'
import { place } from '../cli/place.ts'
import { revoke } from '../engine/runs.ts'

export default class Revoke extends RunCommand {
  static override summary = 'revoke an old key: the one that is outstanding, or one by its id or value'
  static override description =
    'The key dies when its warrant is complete: new key live and read back twice, overlap and quiet time over. Without a person at the terminal: --yes --confirm NAME. A key in use is never revoked: see keyrot incident.'
  static override args = { name: NAME_ARG }
  static override examples = [
    '<%= config.bin %> revoke prod-api',
    '<%= config.bin %> revoke prod-api --yes --confirm prod-api',
    '<%= config.bin %> revoke prod-api --key-id key_abc --force',
    '<%= config.bin %> revoke prod-api --stop-project --yes --confirm proj_abc',
  ]
  static override flags = {
    confirm: Flags.string({ description: 'the credential’s name once more; the project’s id, where that is stopped or started', helpValue: 'NAME' }),
    'key-id': Flags.string({ description: 'the old key by its id at the provider, never by its value', helpValue: 'ID' }),
    'key-stdin': Flags.boolean({ description: 'the old key by its value, read from stdin; matched by its digest', exclusive: ['key-id'] }),
    force: Flags.boolean({ description: 'waive overlap, quiet time and what only people can prove; what is waived is named and recorded' }),
    'stop-project': Flags.boolean({
      description: 'the last resort for a key that will not die: every rate limit of its project to zero. Programs with any key of the project fail',
      exclusive: ['key-id', 'key-stdin', 'force', 'start-project'],
    }),
    'start-project': Flags.boolean({ description: 'put back what the limits of the project were before', exclusive: ['key-id', 'key-stdin', 'force'] }),
  }

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(Revoke)
    const keyId = keyIdOf(flags['key-id'])
    if (flags['stop-project'] || flags['start-project']) {
      const session = await this.session(flags, true)
      const act = await place(session, pickNames(session.site, [args.name])[0] ?? '', flags)
      return this.perform(session, flags, [args.name], act)
    }
    if (flags.confirm !== undefined && flags.confirm !== args.name) throw misused('--confirm does not repeat the name of the credential')
    const session = await this.session(flags, true)
    const value = flags['key-stdin'] === true ? await givenKey(session, 'the old key') : null
    const names = pickNames(session.site, [args.name])
    const force = flags.force === true
    await confirmed(session, args.name, flags.yes && flags.confirm === args.name, force)
    const named = value !== null || keyId !== null || force
    const options = runOptions(flags, { revokeConfirmed: true, ...(named ? { subject: { keyId, value, force } } : {}) })
    return this.perform(session, flags, names, (name) => revoke(session.ws, name, options))
  }
}

/** By both flags, or by a person: a death cannot be undone. */
async function confirmed({ prompter }: Session, name: string, byFlags: boolean, force: boolean): Promise<void> {
  if (byFlags) return
  if (prompter === null) {
    throw refused(
      'KR_REVOCATION_NOT_CONFIRMED',
      'revoking cannot be undone, and nobody is here to confirm it',
      `confirm it with: keyrot revoke ${name} --yes --confirm ${name}`,
    )
  }
  const facts = [
    force
      ? 'the old key dies now: overlap, quiet time and what only people can prove are waived'
      : 'the old key dies as soon as its warrant is complete, overlap and quiet time included; --force does not wait for them',
    'this cannot be undone',
    ...(force ? [] : ['what cannot be proven to be safe is asked item by item']),
  ]
  const yes = await prompter.confirm({ id: 'revoke', title: `revoke the old key of ${name}?`, facts })
  if (!yes) throw refused('KR_REVOCATION_NOT_CONFIRMED', 'not confirmed; nothing changed')
}
