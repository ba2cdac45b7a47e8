/** One entry of a project, looked at: what it is, whose mark it bears, and its value where Vercel shows it. */
import { z } from 'zod'
import type { Ms } from '../../domain/duration.ts'
import { Secret } from '../../domain/secret.ts'
import type { Held } from '../../ports/target.ts'
import { wanted, type Api } from './vercel-api.ts'
import { changed, malformed, refused } from './vercel-errors.ts'
import { hasRoom, isUntouched, readMark, type Mark, type Owner } from './vercel-mark.ts'
import { ENTRY, entryOf, environmentIds, kindOf, listEntries, type Entry, type Listing, type Place } from './vercel-place.ts'

const VALUE = z.object({ value: z.string().optional(), decrypted: z.boolean().nullish() })

/** The entry at one moment, without its value. */
export interface Seen {
  readonly entry: Entry | null
  /** The environments of the config, custom ones by id. */
  readonly environments: readonly string[]
  readonly listing: Listing
  /** Ours, in the entry's comment. */
  readonly mark: Mark | null
  /** Whether the comment leaves room for one. */
  readonly room: boolean
}

/** The same with its value; `null` where there is none, or where it is write-only. */
export interface Look extends Seen {
  readonly value: Secret | null
}

/** Our own last write of an entry, by Vercel's date: any other date on it is somebody else's change. */
export interface OwnWrite {
  readonly id: string
  readonly at: Ms
}

export class Eyes {
  readonly #api: Api
  readonly #place: Place
  readonly #owner: Owner
  #environments: readonly string[] | undefined

  constructor(api: Api, place: Place, owner: Owner) {
    this.#api = api
    this.#place = place
    this.#owner = owner
  }

  async see(): Promise<Seen> {
    const environments = (this.#environments ??= await environmentIds(this.#api, this.#place))
    const listing = await listEntries(this.#api, this.#place.variable)
    const entry = entryOf(listing.entries, environments, this.#place)
    return { entry, environments, listing, mark: this.#markOf(entry), room: hasRoom(entry?.comment ?? '', this.#owner) }
  }

  async look(): Promise<Look> {
    const seen = await this.see()
    if (seen.entry === null || kindOf(seen.entry) === 'sensitive') return { ...seen, value: null }
    const { entry, value } = await this.decrypted(seen.entry)
    return { ...seen, entry, mark: this.#markOf(entry), value }
  }

  /** A listed entry with its value, both of one answer: what was listed a moment ago may have changed since. */
  async decrypted(listed: Entry): Promise<{ readonly entry: Entry; readonly value: Secret }> {
    const what = 'read a variable'
    const { variable } = this.#place
    const answer = await this.#api.get(`${this.#api.inProject('v1')}/env/${listed.id}`)
    const entry = wanted(ENTRY, answer, what, 'read')
    const { value, decrypted } = wanted(VALUE, answer, what, 'read')
    if (entry.id !== listed.id) throw malformed(answer, what, 'read')
    if (!sameTerms(entry, listed)) throw changed(variable)
    if (value === undefined || (entry.type !== 'plain' && decrypted === false)) throw unreadable(variable)
    if (value === '') throw empty(variable)
    return { entry, value: new Secret(value) }
  }

  #markOf(entry: Entry | null): Mark | null {
    return entry === null ? null : readMark(entry.comment, this.#owner)
  }
}

/** What the slot holds. Of a write-only entry the mark tells, while nobody has changed the entry since it was left. */
export function heldBy({ entry, value, mark, listing }: Look, own: OwnWrite | null): Held {
  if (entry === null) return listing.hidden > 0 ? { is: 'unknown' } : { is: 'absent' }
  if (value !== null) return { is: 'value', secret: value }
  if (mark === null) return { is: 'unknown' }
  const untouched = own?.id === entry.id ? own.at === entry.updatedAt : isUntouched(mark, entry.updatedAt)
  return untouched ? { is: 'marker', marker: mark.marker } : { is: 'unknown' }
}

/** What a write names. There is no version: the date of the last change stands in for one. */
export function revisionOf({ entry }: Seen): string {
  return entry === null ? 'absent' : `${entry.id}@${entry.updatedAt}`
}

/** Whether everything is the same but the value, the comment and the date. */
export function sameTerms(left: Entry, right: Entry): boolean {
  return left.key === right.key && left.type === right.type && left.gitBranch === right.gitBranch && left.environments.join() === right.environments.join()
}

function unreadable(variable: string): Error {
  const hint = 'give the token the right to read values, or make the variable sensitive and set `visibility: sensitive`'
  return refused('KR_VERCEL_UNREADABLE', `Vercel: the value of ${variable} is not shown to this token`, hint)
}

function empty(variable: string): Error {
  return refused('KR_VERCEL_EMPTY', `Vercel: ${variable} is there, but empty`, 'put the key in use there, or delete the entry for keyrot to create it')
}
