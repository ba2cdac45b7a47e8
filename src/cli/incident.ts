/** What `keyrot incident` is about, and the one question before it. */
import { HOUR } from '../domain/duration.ts'
import { KeyrotError } from '../domain/errors.ts'
import type { Secret } from '../domain/secret.ts'
import { foretell } from '../engine/foretell.ts'
import { ownersOf } from '../engine/leak.ts'
import type { IncidentOrder, RunOptions } from '../ports/workspace.ts'
import { ADMIN_KEY_STEPS, forecastLines } from '../ui/text/incident.ts'
import { misused, refused } from './base-command.ts'
import { pickNames, type Session } from './session.ts'

export const DEFAULT_DEADMAN = HOUR

export interface Scope {
  readonly names: readonly string[]
  /** What a person types to confirm, and `--confirm` repeats. */
  readonly word: string
}

export interface ScopeFlags {
  readonly target?: string | undefined
  readonly provider?: string | undefined
  readonly all: boolean
}

/** The credentials that are meant: by name, by a place that could have seen their keys, or by the leaked value. */
export async function scopeOf(session: Session, given: readonly string[], flags: ScopeFlags, value: Secret | null): Promise<Scope> {
  const { credentials } = session.site.config
  const ways = [given.length > 0, flags.target !== undefined, flags.provider !== undefined, flags.all].filter(Boolean).length
  if (ways > 1) throw misused('name credentials, or a place with --target, --provider or --all: one of them')
  if (flags.all) return { names: credentials.map(({ name }) => name), word: 'all' }
  if (flags.target !== undefined)
    return placed(
      flags.target,
      credentials.filter(({ targets }) => targets.some(({ name }) => name === flags.target)).map(({ name }) => name),
    )
  if (flags.provider !== undefined)
    return placed(
      flags.provider,
      credentials.filter(({ provider }) => provider.name === flags.provider).map(({ name }) => name),
    )
  if (given.length > 0) return named(pickNames(session.site, given))
  if (value !== null) return named(await ownersNamed(session, value))
  throw misused('say what has leaked: a credential, --key-stdin, --target, --provider or --all')
}

function placed(place: string, names: readonly string[]): Scope {
  if (names.length === 0) throw misused('no credential of the config has its key there', 'see the names with: keyrot status')
  return { names, word: place }
}

function named(names: readonly string[]): Scope {
  return { names, word: names.join(' ') }
}

async function ownersNamed({ ws }: Session, value: Secret): Promise<readonly string[]> {
  const { credentials, lookalikes, unseen } = await ownersOf(ws, value)
  if (credentials.length > 0) return credentials
  const hidden = unseen.length === 0 ? [] : [`not asked, because out of reach: ${unseen.join(', ')}`]
  if (lookalikes.length > 0)
    throw refused(
      'KR_LEAK_UNPROVEN',
      `no slot and no record has this value; ${lookalikes.join(', ')} ${lookalikes.length === 1 ? 'looks' : 'look'} like it, which proves nothing`,
      'name the credential that uses it: keyrot incident NAME --key-stdin',
      'or find it at the dashboard, and delete it there if nothing of yours uses it',
      ...hidden,
    )
  throw refused(
    'KR_LEAK_UNKNOWN',
    'no credential of this config has this value, and no key at its providers looks like it',
    'delete it where it was made',
    ...hidden,
  )
}

/** An admin key is no credential of anybody's config: a person has to replace it first. */
export function refuseAdminKey({ ws }: Session, value: Secret | null): void {
  if (value === null || !ws.credentials.some(({ provider }) => provider.isAdminKey?.(value) === true)) return
  throw new KeyrotError({ code: 'KR_ADMIN_KEY_LEAKED', kind: 'person', message: 'this is an admin key: a person has to act, now', hints: ADMIN_KEY_STEPS })
}

/** Shows the plan and its outage and has the word typed, or takes it from the flags. Returns the targets that were named as out of reach. */
export async function confirmIncident(session: Session, scope: Scope, options: RunOptions, order: IncidentOrder, byFlags: boolean): Promise<readonly string[]> {
  if (byFlags) return []
  const { prompter, screen } = session
  if (prompter === null)
    throw refused(
      'KR_INCIDENT_NOT_CONFIRMED',
      'an incident deletes a key, and nobody is here to confirm it',
      `confirm it with: --yes --confirm ${scope.names.length === 1 ? scope.word : `"${scope.word}"`}`,
    )
  const forecasts = await Promise.all(scope.names.map((name) => foretell(session.ws, name, options, order)))
  for (const forecast of forecasts) for (const line of forecastLines(forecast, screen.columns)) screen.say(line)
  const question = { id: 'incident', title: `type ${scope.word} to go ahead:`, facts: [] }
  const yes = prompter.repeat === undefined ? await prompter.confirm(question) : await prompter.repeat(question, scope.word)
  if (!yes) throw refused('KR_INCIDENT_NOT_CONFIRMED', 'not confirmed; nothing changed')
  return forecasts.flatMap(({ unreachable }) => unreachable)
}
