/** The hunt for all planted bugs, a few at a time, and what is to be said of it. */
import type { Hunt, Hunts } from './hunt.ts'
import { huntWith, plantedBugs } from './plant.ts'

export const MUST_BE_FOUND = 27
export const MUST_NEED_CHANCE = 3
/** Seeds tried on each copy, patched or not. */
const SEEDS = 12_000
const SHIPPED = 'as shipped'

export interface HuntOptions {
  readonly width: number
  readonly seeds?: number
  readonly full?: boolean
  readonly only?: readonly string[]
  readonly told?: (one: Hunted) => void
}

export interface Hunted extends Hunts {
  readonly name: string
  readonly story: string
}

export interface PlantedVerdict {
  readonly planted: number
  readonly found: number
  /** Bugs that the exhaustive slice did not see. */
  readonly byChance: readonly string[]
  readonly missed: readonly string[]
  readonly clean: boolean
  readonly good: boolean
}

/** Hunts in the source as shipped and in every patched copy, with the same generators and budget. */
export async function huntAll(options: HuntOptions): Promise<Hunted[]> {
  const bugs = (await plantedBugs()).filter((bug) => options.only?.includes(bug.name) ?? true)
  const queue = [...(options.only === undefined || options.only.includes(SHIPPED) ? [null] : []), ...bugs]
  const hunted: Hunted[] = []
  const budget = { seeds: options.seeds ?? SEEDS, full: options.full ?? false }
  const lane = async (): Promise<void> => {
    for (let bug = queue.shift(); bug !== undefined; bug = queue.shift()) {
      const one = { name: bug?.name ?? SHIPPED, story: bug?.story ?? 'the source as it is: nothing may be found', ...(await huntWith(bug, budget)) }
      hunted.push(one)
      options.told?.(one)
    }
  }
  await Promise.all(Array.from({ length: options.width }, lane))
  return hunted
}

export function verdictOn(hunted: readonly Hunted[]): PlantedVerdict {
  const bugs = hunted.filter((one) => one.name !== SHIPPED)
  const found = bugs.filter((one) => one.exhaustive.found !== null || one.random.found !== null)
  const byChance = found.filter((one) => one.exhaustive.found === null).map((one) => one.name)
  const missed = bugs.filter((one) => !found.includes(one)).map((one) => one.name)
  const shipped = hunted.find((one) => one.name === SHIPPED)
  const clean = shipped !== undefined && shipped.exhaustive.found === null && shipped.random.found === null
  return {
    planted: bugs.length,
    found: found.length,
    byChance,
    missed,
    clean,
    good: clean && missed.length === 0 && found.length >= MUST_BE_FOUND && byChance.length >= MUST_NEED_CHANCE,
  }
}

/** One hunt in words: what, and by which generator it was first seen where. */
export function wordsFor(one: Hunted): string {
  return [`${one.name}: ${one.story}`, `  exhaustive: ${words(one.exhaustive, 'schedule')}`, `  random:     ${words(one.random, 'seed')}`].join('\n')
}

function words({ found, schedules }: Hunt, unit: string): string {
  if (found === null) return `nothing in ${schedules} schedules`
  return `${unit} ${found.number}, ${found.invariant} (${found.what}), ${found.traceLength} effects`
}
