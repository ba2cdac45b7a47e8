/** Rotation as data: the order of the verbs, and the table from verb to logic. A rollback is the same plan with the roles exchanged. */
import type { Plan, StepSpec, Verb } from '../domain/plan.ts'
import type { RunNote } from '../domain/record.ts'
import type { BoundCredential } from '../ports/workspace.ts'
import { affirm, commit } from './commit.ts'
import { contain } from './contain.ts'
import { promote, restore, settle, stage } from './deliver.ts'
import { drain } from './drain.ts'
import { mint } from './mint.ts'
import { preflight } from './preflight.ts'
import { reload } from './reload.ts'
import { retire, sever } from './retire.ts'
import type { StepLogic } from './step.ts'
import { sweep } from './sweep.ts'
import { verify } from './verify.ts'

export const LOGIC: Record<Verb, StepLogic> = {
  preflight,
  restore,
  contain,
  sever,
  mint,
  stage,
  verify,
  commit,
  promote,
  reload,
  drain,
  retire,
  affirm,
  settle,
  sweep,
}

/** The plan that a run walks: that of a rotation, or of an incident once a leak is on record. */
export function planFor(credential: BoundCredential, run: RunNote): Plan {
  const { generation, direction, incident } = run
  return incident === undefined ? planRotation(credential, generation, direction) : planIncident(credential, generation, direction, incident.severFirst)
}

/** The plan of one rotation: nothing is promoted before it is proven and committed, nothing retired before all waves are through. */
export function planRotation(credential: BoundCredential, generation: number, direction: 'forward' | 'back'): Plan {
  const names = credential.targets.map((bound) => bound.name)
  const steps: StepSpec[] = [
    once('preflight'),
    ...each('restore', names),
    once('mint'),
    ...(direction === 'forward' ? each('stage', names) : []),
    once('verify'),
    once('commit'),
    ...(direction === 'forward' ? forward(credential) : back(credential)),
    once('drain'),
    once('retire'),
    ...each('settle', names),
    once('sweep'),
  ]
  return { credential: credential.name, generation, direction, steps }
}

/**
 * An incident is another ordering of the same verbs. Nothing is staged and nothing soaks; targets go side by side, each reloading as
 * soon as it is promoted. Severed first, the key is dead before any promotion: consumers fail until theirs is through.
 */
export function planIncident(credential: BoundCredential, generation: number, direction: 'forward' | 'back', severFirst: boolean): Plan {
  const names = credential.targets.map((bound) => bound.name)
  const deliver = [...each('promote', names), ...each('reload', names)].map((step) => ({ ...step, bundle: 'deliver' }))
  const steps: StepSpec[] = [
    once(severFirst ? 'sever' : 'contain'),
    once('mint'),
    once('verify'),
    once('commit'),
    ...(severFirst ? [once('retire'), ...deliver] : [...deliver, once('retire')]),
    once('affirm'),
    ...each('settle', names),
    once('sweep'),
  ]
  return { credential: credential.name, generation, direction, steps }
}

/** Wave by wave; within one, what shows nothing goes first. */
function forward(credential: BoundCredential): StepSpec[] {
  return wavesOf(credential).flatMap((wave) => {
    const [dark, shown] = [inWave(credential, wave, false), inWave(credential, wave, true)]
    return [...each('promote', dark, wave, 1), ...each('promote', shown, wave, 2), ...each('reload', [...dark, ...shown], wave)]
  })
}

/** What shows nothing goes back last of all: as long as everything that can be read holds the successor, the rest does. */
function back(credential: BoundCredential): StepSpec[] {
  return [true, false].flatMap((shown, at) =>
    wavesOf(credential).flatMap((wave) => {
      const targets = inWave(credential, wave, shown)
      return [...each('promote', targets, wave, at + 1), ...each('reload', targets, wave, at + 1)]
    }),
  )
}

function wavesOf({ targets }: BoundCredential): number[] {
  return [...new Set(targets.map((bound) => bound.wave))].toSorted((left, right) => left - right)
}

/** The targets of a wave whose slots can, or cannot, be read. */
function inWave({ targets }: BoundCredential, wave: number, shown: boolean): string[] {
  return targets.filter((bound) => bound.wave === wave && (bound.target.traits.reads !== 'nothing') === shown).map((bound) => bound.name)
}

function once(verb: Verb): StepSpec {
  return { id: verb, verb, wave: 1, lane: 1 }
}

function each(verb: Verb, targets: readonly string[], wave = 1, lane = 1): StepSpec[] {
  return targets.map((target) => ({ id: `${verb}:${target}`, verb, target, wave, lane }))
}
