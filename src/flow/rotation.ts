/** Rotation as data: the order of the verbs, and the table from verb to logic. A rollback is the same plan with the roles exchanged. */
import type { Plan, StepSpec, Verb } from '../domain/plan.ts'
import type { BoundCredential } from '../ports/workspace.ts'
import { commit } from './commit.ts'
import { promote, restore, settle, stage } from './deliver.ts'
import { drain } from './drain.ts'
import { mint } from './mint.ts'
import { preflight } from './preflight.ts'
import { reload } from './reload.ts'
import { retire } from './retire.ts'
import type { StepLogic } from './step.ts'
import { sweep } from './sweep.ts'
import { verify } from './verify.ts'

export const LOGIC: Record<Verb, StepLogic> = { preflight, restore, mint, stage, verify, commit, promote, reload, drain, retire, settle, sweep }

/** The plan of one rotation: nothing is promoted before it is proven and committed, nothing retired before all waves are through. */
export function planRotation(credential: BoundCredential, generation: number, direction: 'forward' | 'back'): Plan {
  const names = credential.targets.map((bound) => bound.name)
  const waves = [...new Set(credential.targets.map((bound) => bound.wave))].toSorted((left, right) => left - right)
  const inWave = (wave: number, shown: boolean): string[] =>
    credential.targets.filter((bound) => bound.wave === wave && (bound.target.traits.reads !== 'nothing') === shown).map((bound) => bound.name)
  const steps: StepSpec[] = [
    once('preflight'),
    ...each('restore', names),
    once('mint'),
    ...(direction === 'forward' ? each('stage', names) : []),
    once('verify'),
    once('commit'),
    ...waves.flatMap((wave) => [
      ...each('promote', inWave(wave, direction === 'back'), wave, 1),
      ...each('promote', inWave(wave, direction === 'forward'), wave, 2),
      ...each('reload', [...inWave(wave, false), ...inWave(wave, true)], wave),
    ]),
    once('drain'),
    once('retire'),
    ...each('settle', names),
    once('sweep'),
  ]
  return { credential: credential.name, generation, direction, steps }
}

function once(verb: Verb): StepSpec {
  return { id: verb, verb, wave: 1, lane: 1 }
}

function each(verb: Verb, targets: readonly string[], wave = 1, lane = 1): StepSpec[] {
  return targets.map((target) => ({ id: `${verb}:${target}`, verb, target, wave, lane }))
}
