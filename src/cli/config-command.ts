/** Commands that read the config. */
import * as Args from '@oclif/core/args'
import { BaseCommand } from './base-command.ts'
import { COMMON_FLAGS, CONFIG_FLAGS } from './flags.ts'
import { openSession, type ConfigFlags, type Session } from './session.ts'

export const NAME_ARG = Args.string({ name: 'name', required: true, description: 'a credential of the config' })

export abstract class ConfigCommand extends BaseCommand {
  static override baseFlags = { ...COMMON_FLAGS, ...CONFIG_FLAGS }

  /** Everything connected. Asks nobody unless `mayAsk`. */
  protected async session(flags: ConfigFlags & { readonly 'no-input'?: boolean }, mayAsk = false): Promise<Session> {
    const session = await openSession(flags, this.surface(!mayAsk || flags['no-input'] === true), this.interruption)
    this.atEnd(() => session.view.close())
    return session
  }
}
