/** Flags that name a key by its id, and a moment. A value is checked before it goes anywhere: people paste keys where ids belong. */
import * as Flags from '@oclif/core/flags'
import { DAY, type Ms } from '../domain/duration.ts'
import { parseMoment } from '../domain/moment.ts'
import { findKeys } from '../domain/patterns.ts'
import { misused } from './base-command.ts'

export const KEY_ID_FLAG = Flags.string({ description: 'a key by its id at the provider, never by its value', helpValue: 'ID' })

/** Figures older than this are not asked for. */
const LONGEST_AGO: Ms = 180 * DAY

/** An id, or `null` where none was given. Refuses what looks like a key, without repeating it. */
export function keyIdOf(given: string | undefined): string | null {
  if (given === undefined) return null
  if (findKeys(given).length > 0) throw misused('--key-id takes the id of a key, and this looks like the key itself', 'ids are shown by: keyrot status --json')
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(given)) throw misused('--key-id is not the id of a key', 'ids are shown by: keyrot status --json')
  return given
}

/** A moment as a function of now, which refuses the future and what is too long ago. */
export function momentOf(given: string, flag: string): (now: Ms) => Ms {
  const moment = parseMoment(given)
  if (moment === null) throw misused(`${flag} takes how long ago (6h, 3d) or a date (2026-11-19, 2026-11-19T10:30), in UTC if it does not say otherwise`)
  return (now) => {
    const at = moment(now)
    if (at > now) throw misused(`${flag} lies in the future`)
    if (at < now - LONGEST_AGO) throw misused(`${flag} lies more than 180 days back`)
    return at
  }
}
