/** One cell of the matrix: a rotation that is killed at one call, and then taken up again until it is done. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { judgeEnd, judgeFiles } from './verdict.ts'
import { makeWorld, type Ended, type Kill, type World } from './world.ts'

export const FATES = ['kept', 'deleted'] as const
export const SIDES = ['before', 'after'] as const

export interface Cell extends Kill {
  /** What happens to the state folder between the kill and the next start. */
  readonly state: (typeof FATES)[number]
}

export interface Outcome {
  readonly cell: Cell
  /** False where this run had fewer calls than the fault-free one, so that nothing was killed. */
  readonly reached: boolean
  /** The call at which it died. */
  readonly call: string
  readonly bad: readonly string[]
}

const ROTATE = ['rotate', 'prod', '--yes', '--json']
/** Calls of keyrot after the kill. Each makes what progress it can. */
const MOST_CALLS = 12
/** What passes between two of them (ms): longer than every time of the policy. */
const WAIT = 4_000

/** The calls of one rotation that nobody disturbs. Rejects when it does not end well: nothing could be concluded then. */
export async function faultFree(home: string, realTime: boolean): Promise<readonly string[]> {
  const world = await makeWorld({ home, realTime })
  try {
    const { last, calls } = await begin(world)
    const bad = [...(last.code === 0 ? [] : [said(last)]), ...judgeEnd(world), ...judgeFiles(world, false), ...world.broken]
    if (bad.length > 0) throw new Error(`the rotation without faults went wrong: ${bad.join('; ')}`)
    return calls
  } finally {
    await world.close()
  }
}

export async function playCell(cell: Cell, home: string, realTime: boolean): Promise<Outcome> {
  const world = await makeWorld({ home, realTime })
  try {
    const first = await begin(world, cell)
    const { killed } = first.last
    const bad = [...judgeFiles(world, killed)]
    if (cell.state === 'deleted') await rm(join(world.project.folder, '.keyrot'), { recursive: true, force: true })
    const after = killed ? await takeUp(world) : { last: first.last, all: [], leaks: [] }
    bad.push(...after.leaks)
    if (after.last.code === 0) bad.push(...judgeEnd(world, killed ? 1 : 0))
    else bad.push(['did not end well', ...after.all.map(said)].join('\n'))
    return { cell, reached: killed, call: first.calls.at(-1) ?? '', bad: [...bad, ...world.broken] }
  } finally {
    await world.close()
  }
}

/** One rotation, in as many processes as it has waits; with a kill, up to the kill. */
async function begin(world: World, kill?: Kill): Promise<{ last: Ended; calls: readonly string[] }> {
  const calls: string[] = []
  for (let processes = 1; ; processes++) {
    const last = await world.keyrot(ROTATE, kill === undefined ? undefined : { ...kill, at: kill.at - calls.length })
    calls.push(...last.calls)
    if (last.code !== 10 || processes === MOST_CALLS) return { last, calls }
    world.pass(WAIT)
  }
}

/** The same command again; where keyrot says what to run instead, that. */
export async function takeUp(world: World): Promise<{ last: Ended; all: readonly Ended[]; leaks: readonly string[] }> {
  let args: readonly string[] = ROTATE
  const all: Ended[] = []
  const leaks: string[] = []
  for (;;) {
    const last = await world.keyrot(args)
    all.push(last)
    world.watch()
    leaks.push(...judgeFiles(world, false))
    if ((last.code !== 8 && last.code !== 10) || all.length === MOST_CALLS) return { last, all, leaks }
    args = (last.code === 8 ? commandIn(last.stdout) : null) ?? ROTATE
    world.pass(WAIT)
  }
}

function said({ args, code, stdout, stderr }: Ended): string {
  return `$ keyrot ${args.join(' ')}   exit ${String(code)}\n${stdout}${stderr}`
}

/** The command that a report prints for going on. */
function commandIn(stdout: string): readonly string[] | null {
  const [run] = (JSON.parse(stdout) as { runs: readonly { next: { command: string | null } | null }[] }).runs
  const words = run?.next?.command?.split(' ') ?? []
  return words[0] === 'keyrot' ? [...words.slice(1), '--json'] : null
}
