/** Stopping a whole project, or starting it again: what is said before, and whose word it takes. */
import type { RunReport } from '../domain/run.ts'
import { foreseeStop, startPlace, stopPlace } from '../engine/runs.ts'
import { stopLines } from '../ui/text/place.ts'
import { misused, refused } from './base-command.ts'
import type { Session } from './session.ts'

export interface PlaceFlags {
  readonly yes: boolean
  readonly confirm?: string | undefined
  readonly 'stop-project': boolean
}

/** Shows what stopping hits and has the project's id typed, or takes both from the flags; starting harms nobody and asks nothing. Resolves with the act. */
export async function place({ ws, prompter, screen }: Session, name: string, flags: PlaceFlags): Promise<(name: string) => Promise<RunReport>> {
  const forecast = foreseeStop(ws, name)
  const id = forecast.place
  if (flags.confirm !== undefined && flags.confirm !== id) throw misused('--confirm does not repeat the id of the project', `it is: ${id}`)
  if (!flags['stop-project']) return (one) => startPlace(ws, one)
  for (const line of stopLines(forecast, screen.columns)) screen.say(line)
  if (flags.yes && flags.confirm === id) return (one) => stopPlace(ws, one)
  if (prompter === null)
    throw refused(
      'KR_STOP_NOT_CONFIRMED',
      'stopping a project stops every program in it, and nobody is here to confirm it',
      `confirm it with: keyrot revoke ${name} --stop-project --yes --confirm ${id}`,
    )
  const question = { id: 'stop-project', title: `type ${id} to stop it:`, facts: [] }
  const yes = prompter.repeat === undefined ? await prompter.confirm(question) : await prompter.repeat(question, id)
  if (!yes) throw refused('KR_STOP_NOT_CONFIRMED', 'not confirmed; nothing changed')
  return (one) => stopPlace(ws, one)
}
