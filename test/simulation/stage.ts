/** What every simulated port stands on: a world, the gate that lets effects through, the judge, and what survives a process. */
import { KeyrotError } from '../../src/domain/errors.ts'
import type { RunEvent } from '../../src/domain/events.ts'
import type { CredentialRecord } from '../../src/domain/record.ts'
import type { Checker } from './checker.ts'
import type { Chance } from './clock.ts'
import type { FaultGate, Process } from './faults.ts'
import type { World } from './world.ts'

export interface Stage {
  readonly world: World
  readonly gate: FaultGate
  readonly checker: Checker
  readonly store: Store
  readonly noise: Chance | null
  /** How often a read meets a passing fault, in [0, 1). */
  readonly readFaults: number
}

/** What survives a process: records, journals, locks. */
export class Store {
  readonly records = new Map<string, { readonly record: CredentialRecord; readonly revision: number }>()
  /** Every event ever appended, lost or not. */
  readonly written: RunEvent[] = []
  readonly damaged = new Set<string>()
  journal: RunEvent[] = []
  readonly locks: Map<string, Process>
  #revision = 0

  constructor(locks: Map<string, Process> = new Map()) {
    this.locks = locks
  }

  next(): number {
    return ++this.#revision
  }

  text(): string {
    return JSON.stringify([this.journal, [...this.records.values()]])
  }

  lose(): void {
    this.records.clear()
    this.damaged.clear()
    this.journal = []
  }

  corrupt(): void {
    for (const name of this.records.keys()) this.damaged.add(name)
    this.records.clear()
    this.journal = []
  }
}

/** The call did not take effect. */
export function outage(): KeyrotError {
  return new KeyrotError({ code: 'KR_SIM_DOWN', kind: 'unavailable', message: 'simulated outage' })
}

/** The call may have taken effect. */
export function lostAnswer(): KeyrotError {
  return new KeyrotError({ code: 'KR_SIM_LOST', kind: 'ambiguous', message: 'simulated lost answer' })
}

/** A look at the world, which may meet a passing fault. */
export async function read<T>(stage: Stage, process: Process, look: () => T): Promise<T> {
  await stage.gate.turn(process)
  if (stage.noise !== null && stage.noise.hit(stage.readFaults)) throw outage()
  return look()
}
