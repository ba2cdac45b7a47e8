/**
 * The crash matrix: keyrot kills itself at the n-th call of its file and socket layers, before and after, with the state kept and
 * deleted. By hand: `node test/crash/matrix.ts --all`, or `--every 7 --from 3`, `--only 120:before:kept`; `--real-time` waits every
 * wait out. Exit code 1 when a cell is bad.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { FATES, SIDES, faultFree, playCell, type Cell, type Outcome } from './cell.ts'

/** Most of a cell is waiting. */
const AT_ONCE = 4

export interface Wish {
  /** Every so-many-th cell of the whole, from `from` on. */
  readonly every: number
  readonly from: number
  readonly atOnce?: number
  readonly realTime?: boolean
  readonly only?: string
}

export interface Matrix {
  /** Calls of the fault-free trace, and how often each kind occurs. */
  readonly calls: readonly string[]
  readonly whole: number
  readonly outcomes: readonly Outcome[]
}

export async function playMatrix(wish: Wish, onOutcome: (outcome: Outcome) => void = () => undefined): Promise<Matrix> {
  const home = await mkdtemp(join(tmpdir(), 'keyrot-home-'))
  try {
    const calls = await faultFree(home, wish.realTime === true)
    const whole = calls.flatMap((_, index) => SIDES.flatMap((side) => FATES.map((state): Cell => ({ at: index + 1, side, state }))))
    const wanted =
      wish.only === undefined ? whole.filter((_, index) => index % wish.every === wish.from % wish.every) : whole.filter((cell) => nameOf(cell) === wish.only)
    const queue = [...wanted]
    const outcomes: Outcome[] = []
    const work = async (): Promise<void> => {
      for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
        const outcome = await playCell(cell, home, wish.realTime === true)
        outcomes.push(outcome)
        onOutcome(outcome)
      }
    }
    await Promise.all(Array.from({ length: wish.atOnce ?? AT_ONCE }, work))
    return { calls, whole: whole.length, outcomes }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

export function nameOf({ at, side, state }: Cell): string {
  return `${at}:${side}:${state}`
}

/** What was done, in lines for people. */
export function tell({ calls, whole, outcomes }: Matrix): readonly string[] {
  const kinds = [...Map.groupBy(calls, (call) => call)].map(([call, all]) => `${call} ${all.length}`)
  const bad = outcomes.filter((outcome) => outcome.bad.length > 0)
  const missed = outcomes.filter((outcome) => !outcome.reached).length
  return [
    `crash: ${calls.length} calls in the fault-free trace (${kinds.join(', ')})`,
    `crash: cells = 2 sides × ${calls.length} calls × ${FATES.length} fates = ${whole}; played ${outcomes.length}, of these ${missed} ended before their call came`,
    `crash: ${bad.length} bad`,
    ...bad.flatMap(({ cell, call, bad: why }) => [`  ${nameOf(cell)} (${call})`, ...why.map((line) => `    ${line.replaceAll('\n', '\n    ')}`)]),
  ]
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean', default: false },
      every: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      only: { type: 'string' },
      workers: { type: 'string', default: String(AT_ONCE) },
      'real-time': { type: 'boolean', default: false },
    },
  })
  let done = 0
  const wish = { every: values.all ? 1 : Number(values.every), from: Number(values.from), atOnce: Number(values.workers), realTime: values['real-time'] }
  const matrix = await playMatrix({ ...wish, ...(values.only === undefined ? {} : { only: values.only }) }, (outcome) => {
    done += 1
    if (outcome.bad.length > 0) stdout.write(`BAD ${nameOf(outcome.cell)} (${outcome.call}): ${outcome.bad[0]}\n`)
    else if (done % 50 === 0) stdout.write(`… ${done} cells\n`)
  })
  for (const line of tell(matrix)) stdout.write(`${line}\n`)
  return matrix.outcomes.every((outcome) => outcome.bad.length === 0) ? 0 : 1
}

if (import.meta.filename === argv[1]) exit(await main())
