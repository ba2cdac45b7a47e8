/** The plan of an incident and its outage, two lines per credential; and the steps after an admin key has leaked. */
import type { IncidentForecast } from '../../domain/run.ts'
import { printable } from '../../domain/printable.ts'
import { wrap } from './table.ts'

/** `prod: new key into …; key_1 is deleted at once` and `outage: …`. */
export function forecastLines(forecast: IncidentForecast, columns: number): string[] {
  const { credential, leaked, targets, severFirst, byApi } = forecast
  const keys = leaked.length === 0 ? 'the leaked key' : leaked.map(({ id, fingerprint }) => id ?? fingerprint ?? 'a key of unknown id').join(' and ')
  const by = byApi ? '' : '; without an admin key you make the new one and delete the old one'
  const order = severFirst ? `delete ${keys} first, then a new key into` : `a new key into`
  const after = severFirst ? '' : `, then delete ${keys}`
  return [
    ...wrap(`${printable(credential)}: ${printable(`${order} ${list(targets)}${after}${by}`, 400)}`, columns, '  '),
    ...wrap(`outage: ${printable(outage(forecast), 400)}`, columns, '  '),
  ]
}

function outage({ severFirst, targets, restarts, manual, unreachable }: IncidentForecast): string {
  const parts = severFirst ? [`consumers of ${list(targets)} fail until they have the new key`] : []
  if (restarts.length > 0) parts.push(`${list(restarts)} restart`)
  if (manual.length > 0) parts.push(`consumers of ${list(manual)} fail until you restart them`)
  if (unreachable.length > 0) parts.push(`${list(unreachable)} cannot be reached and will be left on a dead key`)
  return parts.length === 0 ? 'none' : parts.join('; ')
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'no target' : names.join(', ')
}

/** What to do about a leaked admin key, in order. keyrot does none of it: it must not hold a key that can make admin keys. */
export const ADMIN_KEY_STEPS: readonly string[] = [
  'an admin key can make and delete keys of every project; treat all of them as seen',
  '1. as an owner: make a new admin key at https://platform.openai.com/settings/organization/admin-keys',
  '2. put it where the config reads it (providers.*.adminKey), then prove it: keyrot check',
  '3. delete the leaked admin key on the same page',
  '4. look at what it did: keyrot status, and the audit log of the organization',
  '5. then move every key it could have read or made: keyrot incident --all',
]
