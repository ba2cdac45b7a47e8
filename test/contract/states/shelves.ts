/** State over shelves in virtual time: several openings, each with a clock that stands until somebody sleeps. */
import { openSharedState, type State } from '../../../src/state/state.ts'
import type { SharedStore } from '../../../src/ports/store.ts'
import type { HostFacts } from '../../../src/state/host.ts'
import { countingIds } from '../../unit/state/sample.ts'

export interface Openings {
  open(host: HostFacts, more?: OpenWishes): Promise<State>
  beatAll(): Promise<void>
  /** How long those who waited for a lock have waited, one after the other (ms of virtual time). */
  readonly waited: () => number
  readonly said: readonly string[]
}

export interface OpenWishes {
  readonly store?: SharedStore
  /** How far this machine's clock is off (ms). */
  readonly skew?: number
}

/** `prefix` keeps tokens of several openings apart. */
export function openingsOf(store: SharedStore, folder: string, prefix: string): Openings {
  const beats = new Set<() => void>()
  const said: string[] = []
  let openings = 0
  let passed = 0
  return {
    open: async (host, { store: own = store, skew = 0 } = {}) => {
      const name = `${prefix}${(openings += 1)}`
      const sleep = async (ms: number): Promise<void> => {
        passed += ms
        // real calls of others get their turn
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      return openSharedState(own, {
        ns: 'abcd1234',
        folder,
        clock: { now: () => Date.now() + passed + skew, sleep },
        ticks: () => passed,
        ids: countingIds(`${name}x`),
        host,
        every: (beat) => {
          beats.add(beat)
          return () => void beats.delete(beat)
        },
        say: (line) => said.push(line),
      })
    },
    beatAll: async () => {
      for (const beat of beats) beat()
      await new Promise((resolve) => setTimeout(resolve, 20))
    },
    waited: () => passed,
    said,
  }
}
