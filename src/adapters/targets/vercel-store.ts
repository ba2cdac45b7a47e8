/** One entry of a project as a slot: changed in place, created and taken away again. Vercel has no conditional write: see `write`. */
import { z } from 'zod'
import type { Secret } from '../../domain/secret.ts'
import type { Observation, SlotContent } from '../../ports/target.ts'
import type { Answer } from './vercel-answer.ts'
import { wanted, type Api } from './vercel-api.ts'
import { changed, failedEntry, malformed, refused } from './vercel-errors.ts'
import { Eyes, heldBy, revisionOf, sameTerms, type Look, type OwnWrite, type Seen } from './vercel-look.ts'
import { withMark, withoutMark, type Owner } from './vercel-mark.ts'
import { ENTRY, kindOf, listEntries, type Entry, type Place } from './vercel-place.ts'

/** What every loader reads alike, and what no key of the providers we know leaves. */
const PLAIN_VALUE = /^[\u0021-\u007e]+$/

const CREATE = 'create a variable'
const CREATED = z.object({ created: z.unknown().optional(), failed: z.array(z.unknown()) })
const GONE = z.object({ key: z.string() })
const ALL_GONE = z.union([GONE, z.array(GONE).nonempty()])

export class Store {
  readonly #api: Api
  readonly #place: Place
  readonly #owner: Owner
  readonly #eyes: Eyes
  #own: OwnWrite | null = null

  constructor(api: Api, place: Place, owner: Owner) {
    this.#api = api
    this.#place = place
    this.#owner = owner
    this.#eyes = new Eyes(api, place, owner)
  }

  async observe(): Promise<Observation> {
    const look = await this.#eyes.look()
    const { entry, mark } = look
    const lineage = mark?.predecessor == null ? {} : { lineage: { marker: mark.marker, predecessor: mark.predecessor } }
    return { current: heldBy(look, this.#own), fallback: null, since: entry?.updatedAt ?? null, revision: revisionOf(look), marked: mark !== null, ...lineage }
  }

  /** The entry without its value. */
  see(): Promise<Seen> {
    return this.#eyes.see()
  }

  /**
   * Brings the entry to this content; `null` takes away what keyrot has created. Looks once more right before it writes, and refuses if the
   * entry is not at this revision any more. Between that look and the write lies one request in which an edit goes unnoticed: Vercel has no
   * condition to send along.
   */
  async write(content: SlotContent | null, revision: string | null): Promise<void> {
    if (content !== null && !PLAIN_VALUE.test(content.secret.reveal()))
      throw this.#no('KR_VERCEL_VALUE', 'was left as it was: the key holds blanks, line breaks or other characters that no key has')
    const look = await this.#lookAt(revision)
    if (content === null) return this.#remove(look)
    return look.entry === null ? this.#create(content, look) : this.#change(look.entry, look, content)
  }

  /** Takes our mark out of the comment, and changes nothing else. */
  async unmark(revision: string | null): Promise<void> {
    const { entry, mark, value } = await this.#lookAt(revision)
    if (entry === null || mark === null) return
    const comment = withoutMark(entry.comment, this.#owner)
    await this.#patch(entry, { comment })
    await this.#readBack(entry, comment, value)
  }

  async #lookAt(revision: string | null): Promise<Look> {
    const look = await this.#eyes.look()
    if (revision !== null && revision !== revisionOf(look)) throw changed(this.#place.variable)
    return look
  }

  async #change(entry: Entry, { value, mark, listing }: Look, { secret, marker, predecessor }: SlotContent): Promise<void> {
    const same = value?.equals(secret) === true
    if (same && mark?.marker === marker) return
    const marked = withMark(entry.comment, { marker, at: listing.serverTime, created: mark?.created ?? false, predecessor: predecessor ?? null }, this.#owner)
    if (marked === null && value === null)
      throw this.#no(
        'KR_VERCEL_COMMENT',
        'was left as it was: its comment leaves no room for the mark, by which alone a sensitive variable is known',
        'shorten the comment',
      )
    // A value that can be read back needs no mark: a comment without room costs the mark, not the rotation.
    const comment = marked ?? withoutMark(entry.comment, this.#owner)
    await this.#patch(entry, { ...(same ? {} : { value: secret.reveal() }), ...(comment === entry.comment ? {} : { comment }) })
    await this.#readBack(entry, comment, value === null ? null : secret)
  }

  async #create(content: SlotContent, { listing, environments }: Seen): Promise<void> {
    if (listing.hidden > 0) {
      const why = `is not among the variables that this token sees, and ${listing.hidden} of production are hidden from it`
      throw this.#no('KR_VERCEL_HIDDEN', why, 'give the token the right to see production variables')
    }
    const comment = withMark('', { marker: content.marker, at: listing.serverTime, created: true, predecessor: null }, this.#owner) ?? ''
    const answer = await this.#api.send('POST', `${this.#api.inProject('v10')}/env`, {}, this.#newEntry(content.secret, comment, environments))
    const entry = this.#created(answer)
    if (kindOf(entry) === this.#place.visibility) this.#own = { id: entry.id, at: entry.updatedAt }
    else await this.#takeBack(entry)
  }

  #newEntry(secret: Secret, comment: string, environments: readonly string[]): Readonly<Record<string, unknown>> {
    const { variable, visibility, gitBranch } = this.#place
    const target = environments.filter((name) => !name.startsWith('env_'))
    const customEnvironmentIds = environments.filter((name) => name.startsWith('env_'))
    return {
      key: variable,
      value: secret.reveal(),
      type: visibility === 'sensitive' ? 'sensitive' : 'encrypted',
      comment,
      ...(target.length === 0 ? {} : { target }),
      ...(customEnvironmentIds.length === 0 ? {} : { customEnvironmentIds }),
      ...(gitBranch === undefined ? {} : { gitBranch }),
    }
  }

  /** The new entry. A 201 may list what was *not* done. */
  #created(answer: Answer): Entry {
    const { created, failed } = wanted(CREATED, answer, CREATE, 'write')
    if (failed.length > 0) throw failedEntry(answer, failed[0], CREATE)
    const entry = ENTRY.safeParse(Array.isArray(created) ? created[0] : created)
    if (answer.status !== 201 || !entry.success || entry.data.key !== this.#place.variable) throw malformed(answer, CREATE, 'write')
    return entry.data
  }

  /** A policy of the team made something else of it than was asked for. */
  async #takeBack(entry: Entry): Promise<never> {
    await this.#delete(entry)
    throw this.#no('KR_VERCEL_KIND', `became ${kindOf(entry)} by a policy of the team, and was taken away again`, 'set `visibility: sensitive`')
  }

  async #remove({ entry, mark }: Look): Promise<void> {
    if (entry === null) return
    if (mark?.created !== true)
      throw this.#no('KR_VERCEL_NOT_OURS', 'was not created by this run and is not taken away', 'delete it by hand if it is not wanted')
    await this.#delete(entry)
  }

  async #delete({ id }: Entry): Promise<void> {
    const answer = await this.#api.send('DELETE', `${this.#api.inProject('v9')}/env/${id}`, {})
    const gone = [wanted(ALL_GONE, answer, 'delete a variable', 'write')].flat()
    // nobody looks again here: the answer must be about what was deleted, alone or in a list
    if (gone.some(({ key }) => key !== this.#place.variable)) throw malformed(answer, 'delete a variable', 'write')
  }

  /** Names only what is to change: the rest stays as it is. A sensitive variable's `key` may not be named at all. */
  async #patch({ id }: Entry, change: { readonly value?: string; readonly comment?: string }): Promise<void> {
    this.#own = null
    wanted(z.unknown(), await this.#api.send('PATCH', `${this.#api.inProject('v9')}/env/${id}`, {}, change), 'change a variable', 'write')
  }

  /** The entry after our change: it must be ours, and in everything else what it was. */
  async #readBack(before: Entry, comment: string, value: Secret | null): Promise<void> {
    const { variable } = this.#place
    const listed = (await listEntries(this.#api, variable)).entries.find(({ id }) => id === before.id)
    if (listed === undefined) throw changed(variable)
    if (!sameTerms(listed, before))
      throw this.#no(
        'KR_VERCEL_ALTERED',
        'was written, and its type, environments or branch have changed with it',
        'look at the entry at Vercel before anything else',
      )
    const after = value === null ? { entry: listed, value: null } : await this.#eyes.decrypted(listed)
    if (after.entry.comment.trim() !== comment.trim() || (value !== null && after.value?.equals(value) !== true)) throw changed(variable)
    this.#own = { id: before.id, at: after.entry.updatedAt }
  }

  #no(code: `KR_VERCEL_${string}`, says: string, ...hints: readonly string[]): Error {
    return refused(code, `Vercel: ${this.#place.variable} ${says}`, ...hints)
  }
}
