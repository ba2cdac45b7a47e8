/**
 * Texts made to keep a scan busy, from a seed: full of what the rules look for, cut short, strung together, encoded, on one line or on
 * a hundred thousand. `npm run bench:scan-rules -- [SEED] [COUNT]` looks through 1 MB of each; exits 1 where one costs more than ten
 * times the median per byte.
 */
import { inspectorWith } from '../../src/scan/inspect.ts'
import type { Inspect } from '../../src/scan/piece.ts'
import type { TextRule } from '../../src/scan/rule.ts'
import { TEXT_RULES } from '../../src/scan/rules/rules.ts'
import { disguisesOf } from '../../src/scan/spellings.ts'
import { chance, type Chance } from '../simulation/clock.ts'
import { ALNUM, drawn } from './kinds.ts'

export interface HostileText {
  readonly path: string
  /** What is repeated up to the wanted size. */
  readonly unit: string
}

/** One for every kind of file that a rule of lines may look at. */
const PATHS = ['notes.txt', 'src/app.ts', 'app.py', 'Dockerfile', '.github/workflows/ci.yml', '.env', 'compose.yaml', 'book.ipynb']
const BETWEEN = ['', ' ', '\n', '\t', '"', '=', ': "', ',', '%', '/', '\r\n', ' # ', '\0', '${']
const MARK = ['keyrot', 'allow'].join(':')

/** What a rule is known by: its anchors in every disguise, its samples, and these cut short. */
function piecesOf(rule: TextRule, random: Chance): readonly string[] {
  const { positive, negative } = rule.samples()
  const samples = [...positive, ...negative]
  const disguised = rule.finds === 'key' ? (rule.disguised ?? rule.anchors).flatMap((anchor) => disguisesOf(anchor).map(({ text }) => text)) : []
  return [...rule.anchors, ...disguised, ...samples, ...samples.map((text) => text.slice(0, 1 + random.below(text.length)))]
}

/** Every piece of every rule, strung together or with something between; then `count` mixtures. */
export function hostileTexts(rules: readonly TextRule[], seed: number, count: number): readonly HostileText[] {
  const random = chance(seed)
  const pieces = [...new Set([...rules.flatMap((rule) => piecesOf(rule, random)), MARK])]
  const mixture = (): string =>
    Array.from({ length: 1 + random.below(6) }, () => random.pick([random.pick(pieces), drawn(random, ALNUM, random.below(120))]) + random.pick(BETWEEN)).join(
      '',
    )
  const alone = pieces.map((piece) => ({ path: random.pick(PATHS), unit: piece + random.pick(['', ' ', '\n']) }))
  return [...alone, ...Array.from({ length: count }, () => ({ path: random.pick(PATHS), unit: mixture() || ' ' }))]
}

/** Milliseconds of processor time, the least of some tries, for so many bytes of a text. */
export function costOf({ path, unit }: HostileText, inspect: Inspect, size: number, tries: number): number {
  const bytes = Buffer.from(unit.repeat(Math.ceil(size / unit.length)).slice(0, size))
  const costs = Array.from({ length: tries }, () => {
    const before = process.cpuUsage()
    inspect({ path, bytes })
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  })
  return Math.min(...costs)
}

export const medianOf = (costs: readonly number[]): number => costs.toSorted((left, right) => left - right)[costs.length >> 1] ?? Number.NaN

const MB = 1 << 20
const BAR = 10

if (import.meta.main) {
  const seed = Number(process.argv[2] ?? Date.now() % 2 ** 31)
  const { inspect } = inspectorWith()
  const once = hostileTexts(TEXT_RULES, seed, Number(process.argv[3] ?? 500)).map((text) => ({ text, cost: costOf(text, inspect, MB, 1) }))
  const median = medianOf(once.map(({ cost }) => cost))
  // One look may meet a collection of garbage: what seems slow is looked at again.
  const costs = once.map(({ text, cost }) => ({ text, cost: cost < (BAR / 2) * median ? cost : Math.min(cost, costOf(text, inspect, MB, 2)) }))
  const worst = costs.toSorted((left, right) => right.cost - left.cost).slice(0, 5)
  const holds = (worst[0]?.cost ?? Number.NaN) <= BAR * median
  const lines = [
    `seed ${seed}: ${costs.length} texts of 1 MB, median ${median.toFixed(1)} ms of processor time; bar ${BAR}x: ${holds ? 'holds' : 'MISSED'}`,
    ...worst.map(({ text, cost }) => `  ${(cost / median).toFixed(1)}x  ${text.path}  ${JSON.stringify(text.unit.slice(0, 60))}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  process.exitCode = holds ? 0 : 1
}
