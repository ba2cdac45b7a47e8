/** A key that is given to a command: pasted unseen by a person at a terminal, else one line of a pipe. */
import type { Secret } from '../domain/secret.ts'
import { misused } from './base-command.ts'
import { readKey } from './outside/stdin.ts'
import type { Session } from './session.ts'

export async function givenKey({ prompter }: Pick<Session, 'prompter'>, which: string): Promise<Secret> {
  if (prompter === null) return readKey(process.stdin)
  const key = await prompter.paste({ id: 'given-key', title: `paste ${which}:`, facts: ['it is not shown, and not kept anywhere'] })
  if (key === null) throw misused('nothing was pasted')
  return key
}
