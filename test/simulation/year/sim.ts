/**
 * Years by hand: `npm run sim:year -- --years 30 [--from 1]`; `--trace SEED` tells what its runs said. Exit code 1 on a violation or
 * a key that got too old with nothing in the way.
 */
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { playYear, type YearResult } from './play.ts'

const { values } = parseArgs({
  options: {
    years: { type: 'string', default: '12' },
    from: { type: 'string', default: '1' },
    days: { type: 'string', default: '400' },
    trace: { type: 'string' },
  },
})

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function lineOf(result: YearResult): string {
  const { year, ages } = result
  const blocked = [...ages.blocked].map(([cause, days]) => `${days} (${cause})`).join(', ')
  return [
    `seed ${year.seed}: ${year.stateKept ? 'state kept' : 'no state'}, ${year.runners} runner${year.runners === 1 ? '' : 's'}`,
    `${result.ticks} ticks, ${result.effects} effects, ${result.struck} faults, ${result.mints} keys made, ${result.deaths} died`,
    `${result.approvals} approvals, ${result.resumes} resumes; latest unhindered ${(ages.latest / 86_400_000).toFixed(2)} d past its age`,
    `${ages.closed} key-days past their age on closed days; blocked key-days: ${blocked === '' ? 'none' : blocked}; violations: ${result.violations.length}`,
  ].join('\n  ')
}

const seeds = values.trace === undefined ? Array.from({ length: Number(values.years) }, (_, at) => Number(values.from) + at) : [Number(values.trace)]
const begun = performance.now()
let bad = 0
for (const seed of seeds) {
  const result = await playYear(seed, Number(values.days), values.trace === undefined ? null : say)
  say(lineOf(result))
  for (const { invariant, what } of result.violations.slice(0, 10)) say(`  ${invariant}: ${what}`)
  bad += result.violations.length
}
say(`${seeds.length} years in ${Math.round((performance.now() - begun) / 1000)} s, ${bad} violations`)
process.exitCode = bad === 0 ? 0 : 1
