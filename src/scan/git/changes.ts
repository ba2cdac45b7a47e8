/** Reads what `git log --raw -z` and `git diff --raw -z` list: which blobs came, at which path, in which commit. */

/** One blob that came in, as git lists it. */
export interface Change {
  readonly oid: string
  readonly path: string
  /** `null` for what is not committed yet. */
  readonly commit: CommitWords | null
}

export interface CommitWords {
  readonly id: string
  /** As git has it: a name and an address, foreign text. */
  readonly author: string
  /** Milliseconds since the epoch. */
  readonly when: number
}

/** The format that {@link changesOf} reads. Each field ends in NUL, which none of them can hold. */
export const COMMIT_FORMAT = '--format=tformat:commit %H%x00%an <%ae>%x00%at'

/** What makes both commands list every blob, by its whole id, whatever the user's config says about renames, colours or signatures. */
export const LISTING = [
  '--raw',
  '-z',
  '--no-abbrev',
  '--no-renames',
  '--no-relative',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--ignore-submodules=all',
] as const

/** Takes the output piece by piece and hands on the changes in the order listed. Deletions and submodules are left out. */
export function changesTo(take: TakeChanges): (output: Buffer) => Promise<void> | void {
  const read = reader()
  let rest: Buffer = Buffer.alloc(0)
  return (piece) => {
    const all = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const end = all.lastIndexOf(0)
    rest = all.subarray(end + 1)
    return end === -1 ? undefined : take(read(all.subarray(0, end).toString().split('\0')))
  }
}

/** Takes some changes at a time; a promise in return asks for a pause. */
export type TakeChanges = (changes: readonly Change[]) => Promise<void> | void

/** Fields come one after the other: a header says how many belong to it. */
function reader(): (fields: readonly string[]) => readonly Change[] {
  let commit: CommitWords | null = null
  let open: readonly string[] = []
  return (fields) => {
    const changes: Change[] = []
    for (const field of fields) {
      const [header, ...more] = open
      if (header === undefined) {
        const next = field.trimStart()
        if (next !== '') open = [next]
      } else if (header.startsWith(':')) {
        open = []
        const oid = arrived(header)
        if (oid !== null) changes.push({ oid, path: field, commit })
      } else if (more.length === 0) open = [header, field]
      else {
        commit = { id: header.slice('commit '.length), author: more[0] ?? '', when: Number(field) * 1_000 }
        open = []
      }
    }
    return changes
  }
}

const SUBMODULE = '160000'

/** `:mode mode oid oid X`, or for a merge with one more colon, mode and oid per further parent. The last mode and oid are the result. */
function arrived(header: string): string | null {
  const parents = header.search(/[^:]/)
  const parts = header.slice(parents).split(' ')
  const mode = parts[parents]
  const oid = parts[2 * parents + 1] ?? ''
  return mode === SUBMODULE || /^0*$/.test(oid) ? null : oid
}
