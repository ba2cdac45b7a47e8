/**
 * From what a secret holds to what it is to hold, as an order of single calls that may stop after any of them.
 *
 * Pure. What makes the order safe:
 * - Consumers see AWSCURRENT only, and it moves once, last of what matters, as a compare-and-swap.
 * - Before it moves, the version that takes it and the version that keeps the fallback bear one of our labels each, so that neither
 *   can be forgotten or cleaned away; a call never takes a label from a version that the wish still needs.
 * - A version that holds what is wanted is found by its labels and used again. So a plan made after any part of a plan leads to
 *   the same end, with no version more.
 */
import { Secret } from '../../domain/secret.ts'
import type { Assignment, SlotContent } from '../../ports/target.ts'
import { refused } from './aws-secrets-manager-errors.ts'
import { CURRENT, slotsIn, type Look, type OwnLabels, type Version } from './aws-secrets-manager-look.ts'
import type { Spot } from './aws-secrets-manager-spot.ts'

/** A version by its id, or one that an earlier step makes. */
export type Ref = { readonly id: string } | { readonly made: 'current' | 'fallback' }

export interface Make {
  readonly do: 'make'
  readonly as: 'current' | 'fallback'
  readonly text: Secret
  readonly marker: string
  readonly label: string
  /** Who bears the label until then. */
  readonly from: string | null
}

export type Step =
  | Make
  | { readonly do: 'move'; readonly label: string; readonly to: Ref; readonly from: Ref | null }
  | { readonly do: 'drop'; readonly label: string; readonly from: Ref }

/** Stands in for the marker of a version that holds no key. */
const NO_KEY = 'none'

interface Goal {
  readonly ref: Ref
  /** What to write, where no version holds it yet. */
  readonly make?: { readonly text: Secret; readonly marker: string }
}

/** The steps to the assignment; none where all is as wanted. Throws where the secret cannot hold it. */
export function planWrite(seen: Look, wanted: Assignment, spot: Spot, own: OwnLabels, name: string): readonly Step[] {
  const holds = (version: Version | null): string | null => (version === null ? null : spot.read(version.text.reveal()))
  const value = wanted.current === undefined ? holds(seen.current) : valueOf(wanted.current)
  const target = value === holds(seen.current) ? null : targetFor(seen, value, wanted.current ?? null, spot, name)
  const spare = spareFor(seen, wanted, { value, target, holds }, spot, name)
  const labels = labelsFor(seen, target, spare, own)
  const bearer = (label: string): string | null => (label === own.next ? seen.next : seen.prev)?.id ?? null
  const making = [
    ...(target?.make === undefined ? [] : [made('current', target.make, labels.target, bearer)]),
    ...(spare?.make === undefined ? [] : [made('fallback', spare.make, labels.spare, bearer)]),
  ]
  return [...making, ...movesTo(seen, target, spare, labels, own)]
}

const valueOf = (content: SlotContent | null): string | null => content?.secret.reveal() ?? null
const idOf = (version: Version): Ref => ({ id: version.id })

/** The version to become current: one of ours that is the present one but for the key, else a new one on the present one. */
function targetFor(seen: Look, value: string | null, content: SlotContent | null, spot: Spot, name: string): Goal {
  const base = seen.current?.text.reveal() ?? null
  const text = base === null ? spot.fresh(value ?? '') : spot.put(base, value)
  if (text === '') throw refused('KR_AWS_CANNOT_EMPTY', name, 'cannot be left without a value: AWS knows no empty text', 'delete the secret if nothing uses it')
  if (Buffer.byteLength(text) > 65_536) throw refused('KR_AWS_TOO_BIG', name, 'would be larger than the 65,536 bytes that AWS allows')
  const fits = ({ text: own }: Version): boolean => {
    const theirs = own.reveal()
    return theirs === text || (base !== null && spot.read(theirs) === value && spot.frame(theirs) === spot.frame(base))
  }
  const found = [seen.next, seen.prev].find((version) => version !== null && fits(version))
  return found == null ? { ref: { made: 'current' }, make: { text: new Secret(text), marker: content?.marker ?? NO_KEY } } : { ref: idOf(found) }
}

interface Wish {
  readonly value: string | null
  readonly target: Goal | null
  readonly holds: (version: Version | null) => string | null
}

/** The version to keep the fallback; `null` where the slot is to be empty. A key that is current has no need of it. */
function spareFor(seen: Look, wanted: Assignment, { value, target, holds }: Wish, spot: Spot, name: string): Goal | null {
  const ours = slotsIn(seen, holds).filter((version) => holds(version) !== value)
  const other = wanted.fallback === undefined ? holds(ours[0] ?? null) : valueOf(wanted.fallback)
  if (other === null || other === value) return null
  if (seen.current === null && target === null) throw refused('KR_AWS_NO_VERSION', name, 'has no version yet beside which a second key could wait')
  // the version that leaves goes first: it differs from what comes in the key alone, so that the way back is a move
  const leaves = target === null || wanted.fallback === undefined ? null : seen.current
  const found = [leaves, ...ours].find((version) => version !== null && holds(version) === other)
  if (found != null) return { ref: idOf(found) }
  const text = seen.current === null ? spot.fresh(other) : spot.put(seen.current.text.reveal(), other)
  return { ref: { made: 'fallback' }, make: { text: new Secret(text), marker: wanted.fallback?.marker ?? NO_KEY } }
}

function isSame(goal: Goal | null, version: Version | null): boolean {
  return goal !== null && version !== null && 'id' in goal.ref && goal.ref.id === version.id
}

interface Labels {
  readonly target: string
  readonly spare: string
}

/**
 * Which of our two labels goes with which version: each keeps one that it has, and what is or becomes current never shares one with
 * the fallback. Else what comes is `.next`, and what goes `.prev`.
 */
function labelsFor(seen: Look, target: Goal | null, spare: Goal | null, own: OwnLabels): Labels {
  const inUse = target ?? (seen.current === null ? null : { ref: idOf(seen.current) })
  const ofSpare = isSame(spare, seen.prev) ? 'prev' : isSame(spare, seen.next) ? 'next' : null
  const ofInUse = isSame(inUse, seen.next) ? 'next' : isSame(inUse, seen.prev) ? 'prev' : null
  const forSpare = ofSpare ?? (ofInUse === null ? (target === null ? 'next' : 'prev') : ofInUse === 'next' ? 'prev' : 'next')
  return { spare: own[forSpare], target: own[forSpare === 'prev' ? 'next' : 'prev'] }
}

function made(as: Make['as'], make: NonNullable<Goal['make']>, label: string, bearer: (label: string) => string | null): Make {
  return { do: 'make', as, ...make, label, from: bearer(label) }
}

function movesTo(seen: Look, target: Goal | null, spare: Goal | null, labels: Labels, own: OwnLabels): readonly Step[] {
  const steps: Step[] = []
  const holders = new Map<string, Ref>()
  for (const which of ['next', 'prev'] as const) if (seen[which] !== null) holders.set(own[which], idOf(seen[which]))
  if (target?.make !== undefined) holders.set(labels.target, target.ref)
  if (spare?.make !== undefined) holders.set(labels.spare, spare.ref)
  const borne = holders.get(labels.spare) ?? null
  if (spare !== null && !sameRef(borne, spare.ref)) {
    steps.push({ do: 'move', label: labels.spare, to: spare.ref, from: borne })
    holders.set(labels.spare, spare.ref)
  }
  // the hidden one first: taking `.next` off would bring what bears `.prev` to light
  const drops = [own.prev, own.next].flatMap((label): Step[] => {
    const from = holders.get(label)
    return from === undefined || (spare !== null && label === labels.spare) ? [] : [{ do: 'drop', label, from }]
  })
  if (target === null) return [...steps, ...drops]
  // a label that was left on the version in use would make it the fallback once it is not in use any more
  const before = drops.filter((step) => step.do === 'drop' && seen.current !== null && sameRef(step.from, idOf(seen.current)))
  const move: Step = { do: 'move', label: CURRENT, to: target.ref, from: seen.current === null ? null : idOf(seen.current) }
  return [...steps, ...before, move, ...drops.filter((step) => !before.includes(step))]
}

function sameRef(left: Ref | null, right: Ref): boolean {
  if (left === null) return false
  return 'id' in left && 'id' in right ? left.id === right.id : 'made' in left && 'made' in right && left.made === right.made
}
