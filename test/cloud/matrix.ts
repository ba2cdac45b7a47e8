/**
 * The crash matrix over the clouds: the shipped binary dies by SIGKILL before and after each of its effects, on every subset of targets,
 * with the state kept and deleted, while the consumers of each target call all the time. By hand: `node test/cloud/matrix.ts --all`,
 * or `--every 37 --from 5`, `--targets aws+vercel`, `--only NAME` (as printed), `--workers 2`. Exit code 1 when a cell is bad.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, exit, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { FATES, openScene, playCell, SIDES, undisturbed, type Cell, type Outcome, type Scene, type Start } from './cell.ts'
import type { Effect } from './command.ts'
import { keyOf, nameOf, tell, type Matrix } from './tell.ts'
import { KINDS, type Kind } from './world.ts'

/** Most of a cell is waiting; more at a time starve the consumers of two cores. */
const AT_ONCE = 3
/** Every so-many-th cell begins with a key that keyrot did not make: a world of its own. A prime, so that all sides and fates come under it. */
const ADOPT_EVERY = 7
/** Rotations in one world: what the clouds remember of the calls grows with them. */
const MOST_IN_A_WORLD = 6

export interface Wish {
  readonly subsets: readonly (readonly Kind[])[]
  /** The cells to play, out of all cells of the subsets. */
  readonly pick: (whole: readonly Cell[]) => readonly Cell[]
  readonly atOnce?: number
  readonly onOutcome?: (outcome: Outcome) => void
}

type Traces = Readonly<Record<Start, readonly Effect[]>>

/** Plays every wished cell. Rejects where a rotation that nobody kills does not end well. */
export async function playMatrix(wish: Wish): Promise<Matrix> {
  const home = await mkdtemp(join(tmpdir(), 'keyrot-home-'))
  const began = Date.now()
  const atOnce = wish.atOnce ?? AT_ONCE
  const paces: number[] = []
  const stage: Stage = { home, paces, onOutcome: wish.onOutcome ?? (() => undefined) }
  try {
    const wholes = await inTurns(atOnce, wish.subsets, async (kinds) => cellsOf(kinds, await tracesOf(kinds, stage)))
    const whole = wholes.flat()
    const outcomes = (await inTurns(atOnce, inWorlds(wish.pick(whole)), (cells) => playTogether(cells, stage))).flat()
    return { outcomes, whole: whole.length, seconds: (Date.now() - began) / 1_000, paces }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

interface Stage {
  readonly home: string
  readonly paces: number[]
  readonly onOutcome: (outcome: Outcome) => void
}

/** All results, in order; so many at a time. */
async function inTurns<T, R>(atOnce: number, all: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const results = Array.from<R>({ length: all.length })
  const queue = [...all.entries()]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await act(next[1])
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return results
}

async function tracesOf(kinds: readonly Kind[], stage: Stage): Promise<Traces> {
  const scene = await openScene(kinds, stage.home)
  try {
    return { adopt: await undisturbed(scene), routine: await undisturbed(scene) }
  } finally {
    await scene.close()
  }
}

function cellsOf(kinds: readonly Kind[], traces: Traces): readonly Cell[] {
  const all = new Map([...traces.adopt, ...traces.routine].map((effect) => [keyOf(effect), effect]))
  const has = (start: Start, effect: Effect): boolean => traces[start].some((other) => keyOf(other) === keyOf(effect))
  return [...all.values()]
    .flatMap((effect) => SIDES.flatMap((side) => FATES.map((state) => ({ ...effect, side, state }))))
    .map((cell, index): Cell => {
      const start = index % ADOPT_EVERY === 0 ? 'adopt' : 'routine'
      const other = start === 'adopt' ? 'routine' : 'adopt'
      return { ...cell, kinds, start: has(start, cell) ? start : other }
    })
}

/** Cells of one subset, one after the other: an adopting one can only be the first of its world. */
function inWorlds(cells: readonly Cell[]): readonly (readonly Cell[])[] {
  const worlds: Cell[][] = []
  for (const cell of cells) {
    const last = worlds.at(-1)
    if (last?.[0]?.kinds === cell.kinds && cell.start === 'routine' && last.length < MOST_IN_A_WORLD) last.push(cell)
    else worlds.push([cell])
  }
  return worlds
}

async function playTogether(cells: readonly Cell[], stage: Stage): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  let scene: Scene | null = null
  const leave = async (): Promise<void> => {
    if (scene !== null) stage.paces.push(scene.pace())
    await scene?.close()
    scene = null
  }
  try {
    for (const cell of cells) {
      scene ??= await enter(cell, stage.home)
      const outcome = await playCell(scene, cell)
      outcomes.push(outcome)
      stage.onOutcome(outcome)
      // what a cell leaves behind is not the next one's fault
      if (outcome.bad.length > 0 || outcome.forgotten > 0) await leave()
    }
    return outcomes
  } finally {
    await leave()
  }
}

/** A new world in which this cell can come next. */
async function enter({ kinds, start }: Cell, home: string): Promise<Scene> {
  const scene = await openScene(kinds, home)
  if (start === 'routine') await undisturbed(scene)
  return scene
}

/** All subsets of the targets that are not empty, the largest first. */
export const SUBSETS: readonly (readonly Kind[])[] = Array.from({ length: 2 ** KINDS.length - 1 }, (_, at) =>
  KINDS.filter((_kind, bit) => ((at + 1) >> bit) & 1),
).toSorted((left, right) => right.length - left.length)

function subsetsNamed(name: string): readonly (readonly Kind[])[] {
  const found = SUBSETS.filter((kinds) => kinds.join('+') === name)
  if (found.length === 0) throw new Error(`no such targets; known are ${SUBSETS.map((kinds) => kinds.join('+')).join(', ')}`)
  return found
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean', default: false },
      every: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      targets: { type: 'string' },
      only: { type: 'string' },
      workers: { type: 'string', default: String(AT_ONCE) },
    },
  })
  const { only } = values
  const targets = values.targets ?? only?.split(':')[0]
  const [every, from] = [values.all ? 1 : Number(values.every), Number(values.from)]
  let done = 0
  const matrix = await playMatrix({
    subsets: targets === undefined ? SUBSETS : subsetsNamed(targets),
    pick: (whole) => whole.filter((cell, index) => (only === undefined ? index % every === from % every : nameOf(cell) === only)),
    atOnce: Number(values.workers),
    onOutcome: (outcome) => {
      done += 1
      if (outcome.bad.length > 0) stdout.write(`BAD ${nameOf(outcome.cell)}: ${outcome.bad[0]}\n`)
      else if (done % 20 === 0) stdout.write(`… ${done} cells\n`)
    },
  })
  for (const line of tell(matrix)) stdout.write(`${line}\n`)
  return matrix.outcomes.length > 0 && matrix.outcomes.every((outcome) => outcome.bad.length === 0) ? 0 : 1
}

if (import.meta.filename === argv[1]) exit(await main())
