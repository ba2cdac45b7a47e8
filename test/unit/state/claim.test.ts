import { join } from 'node:path'
import { readdirSync, rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeCalls } from '../../../src/state/calls.ts'
import type { FileCalls } from '../../../src/state/calls.ts'
import { takeClaim } from '../../../src/state/claim.ts'
import type { Claim } from '../../../src/state/claim.ts'
import { clock, countingIds, fakeHost, systemError, tempFolder, watched } from './kit.ts'

type Act = 'take' | 'die' | 'release'

/** A world of processes around one claim. Every `take` is a process of its own; the last one that got it is who dies or releases. */
class World {
  readonly folder = tempFolder()
  readonly path = join(this.folder, 'x')
  readonly alive = new Set<number>()
  readonly ids = countingIds('t')
  readonly holders: { pid: number; claim: Claim }[] = []
  /** Whether the take that is watched is under way: what happens to a claim later is another matter. */
  taking = false
  #pid = 0

  take(calls: FileCalls = nodeCalls): void {
    const pid = (this.#pid += 1)
    if (calls !== nodeCalls) this.taking = true
    const taken = takeClaim(this.path, { clock, ids: { token: () => this.ids.token(12) }, host: fakeHost(pid, this.alive), calls })
    if (calls !== nodeCalls) this.taking = false
    if (taken.is === 'taken') this.holders.push({ pid, claim: taken.claim })
    else this.alive.delete(pid)
  }

  act(act: Act): void {
    if (act === 'take') return this.take()
    const last = this.holders.pop()
    if (last === undefined) return
    if (act === 'release') last.claim.release()
    this.alive.delete(last.pid)
  }
}

const STARTS: Record<string, Act[]> = { free: [], dead: ['take', 'die'], 'given back': ['take', 'release'] }
const ACTS: Act[][] = [
  ['take'],
  ['take', 'release'],
  ['take', 'die'],
  ['take', 'release', 'take'],
  ['take', 'die', 'take'],
  ['take', 'die', 'take', 'release'],
  ['take', 'die', 'take', 'die'],
  ['take', 'release', 'take', 'die'],
  ['take', 'die', 'take', 'die', 'take'],
  ['take', 'die', 'take', 'release', 'take'],
]

/** Everything that must hold when nobody is in the middle of anything. */
function check(world: World, when: string): void {
  expect(world.holders.length, `${when}: holders`).toBeLessThanOrEqual(1)
  for (const { claim } of world.holders) expect(claim.held(), `${when}: the holder still holds`).toBe(true)
  const before = world.holders.length
  world.take()
  expect(world.holders.length, `${when}: free means takeable, held means held`).toBe(1)
  expect(before === 1 || world.holders[0]?.claim.held()).toBe(true)
  world.act('release')
  if (before === 0) expect(readdirSync(world.folder), `${when}: nothing stays behind`).toEqual([])
}

describe('whole acts of others inside one take, at every file call', { timeout: 60_000 }, () => {
  it.each(Object.keys(STARTS).flatMap((start) => ACTS.map((acts) => [start, acts] as const)))('%s, then %j', (start, acts) => {
    for (let at = 0, reached = true; reached; at += 1) {
      reached = false
      const world = new World()
      for (const act of STARTS[start] ?? []) world.act(act)
      world.take(
        watched((_name, n) => {
          if (n !== at || !world.taking) return
          reached = true
          for (const act of acts) world.act(act)
        }),
      )
      check(world, `call ${at}`)
      rmSync(world.folder, { recursive: true })
    }
  })

  it.each([[ACTS[3]!], [ACTS[4]!]])('dead, then %j at any two calls', (acts) => {
    for (let first = 0, calls = 1; first < calls; first += 1) {
      for (let second = first + 1; second <= calls; second += 1) {
        const world = new World()
        world.act('take')
        world.act('die')
        world.take(
          watched((_name, n) => {
            if (world.taking) calls = Math.max(calls, n + 1)
            if (world.taking && (n === first || n === second)) for (const act of acts) world.act(act)
          }),
        )
        check(world, `calls ${first} and ${second}`)
        rmSync(world.folder, { recursive: true })
      }
    }
  })
})

describe('a release', () => {
  it('may be met by anybody at any call', () => {
    for (let at = 0, reached = true; reached; at += 1) {
      reached = false
      const world = new World()
      world.take(
        watched((_name, n) => {
          if (n < at) return
          reached ||= n === at
          if (n === at) world.take()
        }),
      )
      world.act('release')
      check(world, `call ${at}`)
      rmSync(world.folder, { recursive: true })
    }
  })
})

describe('a take that is killed or fails at any call', { timeout: 60_000 }, () => {
  it.each(['killed', 'failed'])('%s: the next one gets through, and at most the dead one is in the way', (how) => {
    for (const start of Object.keys(STARTS)) {
      for (let at = 0, reached = true; reached; at += 1) {
        reached = false
        const world = new World()
        for (const act of STARTS[start] ?? []) world.act(act)
        const calls = watched((name, n) => {
          reached ||= n === at
          // a killed process makes no further call; a failed one cleans up
          if (n === at || (how === 'killed' && n > at)) if (name !== 'close') throw systemError('EIO')
        })
        try {
          world.take(calls)
        } catch {
          // expected
        }
        const late = world.holders.length
        world.alive.clear()
        world.holders.length = 0
        world.take()
        expect(world.holders.length, `${start}, call ${at}, held before: ${late}`).toBe(1)
        expect(world.holders[0]?.claim.held()).toBe(true)
        world.act('release')
        expect(readdirSync(world.folder).filter((name) => !name.endsWith('.tmp'))).toEqual([])
        rmSync(world.folder, { recursive: true })
      }
    }
  })
})
