/** A simulated world with one credential, and workspaces over it: one per invocation, as for processes. */
import type { RunReport } from '../../../src/domain/run.ts'
import type { RunOptions, Workspace } from '../../../src/ports/workspace.ts'
import { Checker } from '../../simulation/checker.ts'
import { chance, DAY } from '../../simulation/clock.ts'
import { FaultGate, Process, type FaultPlan } from '../../simulation/faults.ts'
import { simClock, simIds, simLocks, simPolicy, simProvider, simRecords } from '../../simulation/ports.ts'
import { Store, type Stage as SimStage } from '../../simulation/stage.ts'
import { simTarget } from '../../simulation/target.ts'
import { CALM } from '../../simulation/schedule.ts'
import type { Kind } from '../../simulation/profiles.ts'
import { World, type SimKey } from '../../simulation/world.ts'

export const NS = 'simulate'
export const NAME = 'prod'
export const OPTIONS: RunOptions = { waive: [], noRollback: [], managedElsewhere: [], reason: null, revokeConfirmed: false, changeProject: false, pasted: null }

export type StartKind = 'adopt' | 'routine' | 'bootstrap' | 'recovery'
export type Command = (ws: Workspace, name: string, options: RunOptions) => Promise<RunReport>

export interface Setting {
  readonly start: StartKind
  readonly kinds: readonly Kind[]
  readonly fallback?: boolean
  readonly faults?: FaultPlan
  /** A second credential whose target holds the same key. */
  readonly shared?: boolean
  readonly life?: number | null
  readonly age?: number
}

export class Stage {
  readonly checker = new Checker()
  readonly store = new Store()
  readonly world: World
  readonly gate: FaultGate
  readonly first: SimKey | null
  readonly #setting: Setting

  constructor(setting: Setting) {
    this.#setting = setting
    this.world = new World(CALM, this.checker)
    this.checker.world = this.world
    this.checker.ns = NS
    this.checker.durable = () => this.store.text()
    this.gate = new FaultGate(setting.faults ?? new Map(), null)
    this.first = setting.start === 'bootstrap' ? null : this.#firstKey()
    setting.kinds.forEach((kind, at) => this.#addTarget(`t${at}`, kind))
    if (setting.shared === true) this.world.addTarget({ name: 'elsewhere', credential: 'other', kind: 'value' }, this.first)
    if (setting.start === 'routine') this.remember()
  }

  #firstKey(): SimKey {
    const { start, life, age } = this.#setting
    const name = start === 'routine' ? `keyrot.${NS}.${NAME}.g1.a1` : 'made by hand'
    const key = this.world.newKey({ name, life: life === undefined ? 200 * DAY : life, origin: 'person', age: age ?? 30 * DAY })
    this.checker.own.add(key.id)
    if (start === 'recovery') key.deletedAt = this.world.now - DAY
    key.killedByOthers = start === 'recovery'
    return key
  }

  #addTarget(name: string, kind: Kind): void {
    const { start, fallback } = this.#setting
    const target = this.world.addTarget({ name, credential: NAME, kind, hasFallback: fallback ?? true }, this.first)
    if (start !== 'routine' || target.current === null) return
    target.current = { ...target.current, marker: `keyrot.${NS}.${NAME}.g1.a1` }
    target.loaded = target.current
    target.loadedMarker = target.current.marker
  }

  /** The record that the rotation before this one left. */
  remember(): void {
    const key = this.first as SimKey
    const current = { id: key.id, name: key.name, fingerprint: key.secret.fingerprint }
    this.store.records.set(NAME, {
      record: { format: 1, ns: NS, credential: NAME, generation: 1, attempts: 1, current, run: null, outstanding: [], updatedAt: this.world.now },
      revision: this.store.next(),
    })
  }

  /** Fresh ports, as a new process has them. */
  workspace(process = new Process('test')): Workspace {
    const stage: SimStage = { world: this.world, gate: this.gate, checker: this.checker, store: this.store, noise: null, readFaults: 0 }
    return {
      ns: NS,
      credentials: [NAME, ...(this.#setting.shared === true ? ['other'] : [])].map((name) => ({
        name,
        policy: simPolicy(CALM),
        provider: simProvider(stage, process, name),
        targets: this.world.targets
          .filter((target) => target.credential === name)
          .map((target) => ({ name: target.name, wave: target.wave, target: simTarget(stage, process, target) })),
      })),
      clock: simClock(stage, process, 0),
      ids: simIds(chance(1)),
      records: simRecords(stage, process),
      locks: simLocks(stage, process),
      prompter: null,
      signal: new AbortController().signal,
      watch: () => undefined,
    }
  }

  /** One invocation in a process of its own; `null` where it died of a planned fault. */
  async tick(command: Command, options = OPTIONS): Promise<RunReport | null> {
    const process = new Process('tick')
    const end = await Promise.race([command(this.workspace(process), NAME, options), process.death])
    this.checker.leave('tick')
    return end === 'crashed' ? null : end
  }

  /** Everything that an effect could have changed. */
  snapshot(): string {
    const slot = (held: { key: SimKey; marker: string | null } | null): unknown => (held === null ? null : [held.key.id, held.marker])
    return JSON.stringify({
      effects: this.gate.count,
      now: this.world.now,
      keys: this.world.keys.map((key) => [key.id, key.expiresAt, key.deletedAt]),
      targets: this.world.targets.map((target) => [target.name, slot(target.current), slot(target.fallback), target.revision, target.loadedMarker]),
      store: this.store.text(),
      locks: [...this.store.locks.values()].filter((holder) => !holder.crashed).length,
    })
  }

  /** Steps that runs have begun, in order, by the journal. */
  begun(): string[] {
    return this.store.journal.flatMap((event) => (event.type === 'step.intended' && event.step !== undefined ? [event.step] : []))
  }
}
