/** What every target is asked to do with its slots, whatever its store. */
import type { SlotContent, Observation, Target } from '../../../src/ports/target.ts'
import { newKeyValue } from '../../../src/sandbox/openai/keys.ts'
import { Secret } from '../../../src/domain/secret.ts'
import type { Said } from '../meaning.ts'
import type { Operation, Stage } from '../subject.ts'

/** Real-looking keys, the same in every world of this process. */
export const A: SlotContent = { secret: new Secret(newKeyValue('svcacct')), marker: 'keyrot.testtest.wire.g1.a1' }
export const B: SlotContent = { secret: new Secret(newKeyValue('svcacct')), marker: 'keyrot.testtest.wire.g2.a1' }

/** The keys that a target handles, by what they are. */
export const HANDLED = { 'the old key': A.secret.reveal(), 'the new key': B.secret.reveal() } as const

type Slots = Parameters<Target['write']>[0]

export interface TargetStage extends Stage<Target> {
  /** Put into the settings of the next connection. */
  readonly settings: Record<string, unknown>
}

/** Looks, and writes what is wanted at the revision that it saw. */
export async function bring(target: Target, wanted: Slots): Promise<void> {
  await target.write(wanted, (await target.observe()).revision)
}

interface Move {
  readonly name: string
  readonly from: readonly Slots[]
  readonly to: Slots
}

const MOVES: readonly Move[] = [
  { name: 'fill', from: [], to: { current: B } },
  { name: 'take back', from: [{ current: B }], to: { current: null } },
  { name: 'stage', from: [{ current: A }], to: { fallback: B } },
  { name: 'promote', from: [{ current: A }, { fallback: B }], to: { current: B, fallback: A } },
  { name: 'roll back', from: [{ current: A }, { fallback: B }, { current: B, fallback: A }], to: { current: A, fallback: B } },
  { name: 'settle', from: [{ current: A }, { fallback: B }, { current: B, fallback: A }], to: { fallback: null } },
]

/** Observing, and each write of a rotation. */
export function slotOperations<W extends TargetStage>(): readonly Operation<Target, W>[] {
  const observe: Operation<Target, W> = {
    name: 'observe',
    covers: ['observe'],
    prepare: async (_, target) => bring(target, { current: A }),
    act: (target) => target.observe(),
    says: observationSays,
  }
  const moves = MOVES.map(({ name, from, to }): Operation<Target, W> => ({
    name,
    covers: ['write'],
    claims: to.current !== undefined,
    prepare: async (_, target) => {
      for (const step of from) await bring(target, step)
    },
    act: (target) => bring(target, to),
  }))
  return [observe, ...moves]
}

/** Done only with the key that is there: a fault that shows another one, or none, is worse than one that shows nothing. */
export function observationSays(value: unknown): Said {
  const { current } = value as Observation
  if (current.is === 'value') return current.secret.equals(A.secret) ? 'done' : 'rejected'
  if (current.is === 'marker') return current.marker === A.marker ? 'done' : 'rejected'
  return current.is === 'unknown' ? 'cannot-tell' : 'rejected'
}
