import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { takingTurns } from '../../../src/engine/turns.ts'
import type { Target } from '../../../src/ports/target.ts'
import type { Workspace } from '../../../src/ports/workspace.ts'
import { Stage } from './stage.ts'

class Counted {
  under = 0
  most = 0
  readonly #pause: () => Promise<void>

  constructor(wait: () => Promise<void> = () => pause(2)) {
    this.#pause = wait
  }

  async pass<T>(result: T): Promise<T> {
    this.most = Math.max(this.most, ++this.under)
    await this.#pause()
    this.under--
    return result
  }
}

const SEEN = { current: { is: 'absent' }, fallback: null, since: null, revision: null } as const

function targetOf(record: string, reads: Counted, writes: Counted): Target {
  return {
    type: 'counted',
    traits: { reads: 'value', fallback: false, consumers: 'reread', record },
    observe: () => reads.pass(SEEN),
    write: () => writes.pass(undefined),
  }
}

function workspaceOf(targets: readonly Target[]): Workspace {
  const [credential] = new Stage({ start: 'routine', kinds: ['value'] }).workspace().credentials
  const ws = new Stage({ start: 'routine', kinds: ['value'] }).workspace()
  return { ...ws, credentials: [{ ...credential!, targets: targets.map((target, at) => ({ name: `t${at}`, wave: 1, target })) }] }
}

const targetsIn = (ws: Workspace): readonly Target[] => ws.credentials.flatMap((credential) => credential.targets.map((bound) => bound.target))

describe('turns', () => {
  it('let so many calls be under way and no more, and every call has its turn', async () => {
    const reads = new Counted()
    const targets = targetsIn(takingTurns(workspaceOf(Array.from({ length: 40 }, (_, at) => targetOf(`r${at}`, reads, reads))), 8))
    await Promise.all(targets.map((target) => target.observe()))
    expect(reads.most).toBe(8)
    expect(reads.under).toBe(0)
  })

  it('let writers of one record in one after the other, and readers past them', async () => {
    const [reads, writes, others] = [new Counted(), new Counted(), new Counted()]
    const shared = Array.from({ length: 6 }, () => targetOf('one', reads, writes))
    const targets = targetsIn(takingTurns(workspaceOf([...shared, targetOf('two', others, others)]), 32))
    await Promise.all(targets.flatMap((target) => [target.write({ current: null }, null), target.observe()]))
    expect(writes.most).toBe(1)
    expect(reads.most).toBe(6)
    expect(others.most).toBe(2)
  })

  it('free the place of a call that fails', async () => {
    const reads = new Counted()
    const failing: Target = { ...targetOf('one', reads, reads), write: () => Promise.reject(new Error('down')) }
    const [target] = targetsIn(takingTurns(workspaceOf([failing]), 1))
    await expect(target!.write({ current: null }, null)).rejects.toThrow('down')
    await expect(target!.write({ current: null }, null)).rejects.toThrow('down')
    await expect(target!.observe()).resolves.toEqual(SEEN)
  })

  it('give a port no capability that it does not have', () => {
    const [target] = targetsIn(takingTurns(workspaceOf([targetOf('one', new Counted(), new Counted())])))
    expect([target!.reload, target!.stragglers, target!.remarks]).toEqual([undefined, undefined, undefined])
    expect(target!.traits.record).toBe('one')
  })
})
