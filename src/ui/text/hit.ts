/** What was found, in the words that every form of output shares. */
import type { Hit } from '../../domain/hit.ts'
import { redactKeys } from '../../domain/patterns.ts'
import { printable } from '../../domain/printable.ts'

/** Foreign text as it may be shown: nothing that a terminal or a console obeys, and no key, not even one with something unseen in its middle. */
export function shown(text: string, max = 300): string {
  return printable(redactKeys(printable(text, LONGEST)), max)
}

const LONGEST = 10_000

/** What it is, which key, whose, and whether it works. */
export function whatOf({ what, fingerprint, managed, verdict }: Hit): string {
  const slots = managed === undefined || managed.slots.length === 0 ? '' : ` (${managed.slots.map((slot) => shown(slot)).join(', ')})`
  const parts = [
    fingerprint === null ? shown(what) : `${shown(what)} ${fingerprint}`,
    ...(managed === undefined ? [] : [`${managed.state === 'unknown' ? 'a' : `a ${managed.state}`} key of ${shown(managed.credential)}${slots}`]),
    ...(verdict === undefined
      ? []
      : [verdict.is === 'cannot-tell' ? `whether it works cannot be told: ${shown(verdict.why)}` : `the provider says ${verdict.is}`]),
  ]
  return parts.join(', ')
}

/** Which commit brought it, and whose that is; empty for what is in no commit. */
export function originOf({ at: { commit, author, when } }: Hit): string {
  if (commit === undefined) return ''
  const by = author === undefined ? '' : ` by ${shown(author, 80)}`
  const day = when === undefined || Number.isNaN(when) ? '' : ` on ${new Date(when).toISOString().slice(0, 10)}`
  return `first in commit ${commit.slice(0, 12)}${by}${day}`
}

/** `path:line:column` for editors and terminals to open, and what it was unfolded from. */
export function placeOf({ at: { path, line, column, inside = [] } }: Hit): string {
  const within = inside.length === 0 ? '' : ` (${inside.map((each) => shown(each)).join(', ')})`
  return `${shown(path)}:${line}:${column}${within}`
}
