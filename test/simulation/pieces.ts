/** How pieces of the exhaustive search are made: one for every fate of the state and every mix of targets. */
import { FATES, mixes, scenarioOf } from './exhaustive.ts'
import type { ExploreJob } from './jobs.ts'
import type { Kind } from './profiles.ts'
import type { Scenario } from './schedule.ts'

const ENOUGH = 3

/** What people have: every shipped adapter once, with the two faces of the one that may show nothing. */
export const PLAIN: readonly Kind[] = ['dotenv', 'aws', 'kubernetes', 'vercel']
export const SHIPPED: readonly (readonly Kind[])[] = [PLAIN, ['dotenv', 'aws', 'reloader', 'sensitive']]

export const plainly = (plain: Scenario): Scenario => plain

export function jobsFor(kind: string, depth: number, make: (plain: Scenario) => Scenario, among: readonly (readonly Kind[])[] = mixes()): ExploreJob[] {
  return FATES.toReversed().flatMap((fate) =>
    among.map((kinds): ExploreJob => {
      const scenario = make(scenarioOf(kinds, fate))
      return { is: 'explore', id: `${kind}/${kinds.join('+')}/${fate}`, scenario, depth, enough: ENOUGH }
    }),
  )
}
