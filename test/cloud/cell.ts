/** One cell of the matrix over the clouds: a rotation that is killed at one of its effects, and then taken up again until it is done. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { makeScanner } from '../leak/scanner.ts'
import { keyrot, startTime, type Effect, type Ended, type Kill, type Time } from './command.ts'
import { BIRTH_LIFE, callsAtCloud, isOurs, judgeConsumers, judgeFiles, judgeRotation, judgeState, leftAlive, refusedByCloud } from './verdict.ts'
import { makeCloudWorld, refusedIn, type CloudWorld, type Kind } from './world.ts'

export const FATES = ['kept', 'deleted'] as const
export const SIDES = ['before', 'after'] as const
export const STARTS = ['adopt', 'routine'] as const
export type Start = (typeof STARTS)[number]

export interface Cell extends Kill {
  readonly kinds: readonly Kind[]
  /** `adopt`: the first rotation of a key that keyrot did not make. `routine`: the next one. */
  readonly start: Start
  /** What happens to the state folder between the kill and the next start. */
  readonly state: (typeof FATES)[number]
}

export interface Outcome {
  readonly cell: Cell
  /** False where this rotation had no such effect, so that nothing was killed. */
  readonly reached: boolean
  readonly bad: readonly string[]
  /** Keys that only the deleted record knew of, and that live on in no target; see `judgeLeft`. */
  readonly forgotten: number
  /** Calls of consumers that were refused. */
  readonly refused: number
}

/** A world in which one rotation follows the other, while its consumers call all the time. */
export interface Scene {
  readonly world: CloudWorld
  readonly keyrot: (args: readonly string[], kill?: Kill) => Promise<Ended>
  /** Lets time pass for keyrot and the clouds, and some of it for the consumers. */
  readonly wait: () => Promise<void>
  readonly time: Time
  /** Calls of consumers, per consumer and second. */
  readonly pace: () => number
  readonly close: () => Promise<void>
}

const ROTATE = ['rotate', 'prod', '--yes', '--waive', 'revivable', '--json']
const POLICY = '{ overlap: 5s, quiet: 5s, verifyWindow: 10s, listDelay: 1s, revoke: auto }'
/** Processes of keyrot in one rotation, and after a kill. */
const MOST_PROCESSES = 15
/** What passes between two of them (ms): longer than every time of the policy. */
const WAIT = 6_000
/** How much of it passes for the consumers too: many times what they go on with an old key. */
const REAL_WAIT = 300
const CALLS_PER_SECOND = 50
const CONSUMERS_EACH = 2

export async function openScene(kinds: readonly Kind[], home: string): Promise<Scene> {
  const time = startTime()
  const world = await makeCloudWorld({
    kinds,
    callsPerSecond: CALLS_PER_SECOND,
    policy: POLICY,
    clock: time.now,
    rereadMs: 20,
    kubernetes: { rolloutStepMs: 40, podStartMs: 40, podReadyMs: 20, terminationMs: 200 },
  })
  const [began, before] = [Date.now(), callsAtCloud(world)]
  return {
    world,
    time,
    keyrot: (args, kill) => keyrot(args, { cwd: world.folder, env: world.env, time, home }, kill),
    wait: async () => {
      await pause(REAL_WAIT)
      time.pass(WAIT)
    },
    pace: () => (callsAtCloud(world) - before) / kinds.length / CONSUMERS_EACH / ((Date.now() - began) / 1_000),
    close: async () => {
      await world.close()
      time.close()
    },
  }
}

/** The effects of a rotation that nobody disturbs. Rejects when it does not end well: nothing could be concluded then. */
export async function undisturbed(scene: Scene): Promise<readonly Effect[]> {
  const from = heldNow(scene)
  const { all, effects } = await begin(scene)
  const { bad } = await judge(scene, from, all, 0)
  if (bad.length > 0) throw new Error(`the rotation without a kill went wrong: ${bad.join('\n')}`)
  return effects
}

export async function playCell(scene: Scene, cell: Cell): Promise<Outcome> {
  const from = heldNow(scene)
  const refusedBefore = refusedByCloud(scene.world)
  const { all, killed } = await begin(scene, cell)
  const left = judgeFiles(scene.world, killed)
  if (cell.state === 'deleted') await rm(join(scene.world.folder, '.keyrot'), { recursive: true, force: true })
  if (killed) all.push(...(await takeUp(scene)))
  const { bad, forgotten } = await judge(scene, from, all, killed ? 1 : 0, killed && cell.state === 'deleted')
  return { cell, reached: killed, bad: [...left, ...bad], forgotten, refused: refusedByCloud(scene.world) - refusedBefore }
}

const heldNow = ({ world }: Scene): string => world.held(world.kinds[0] ?? 'dotenv') ?? ''

/** One rotation, in as many processes as it has waits; with a kill, up to the kill. Consumers that are slow to let go make it wait once more. */
async function begin(scene: Scene, kill?: Kill): Promise<{ all: Ended[]; effects: readonly Effect[]; killed: boolean }> {
  const all: Ended[] = []
  const effects: Effect[] = []
  const count = (name: string): number => effects.filter((effect) => effect.name === name).length
  for (;;) {
    const ended = await scene.keyrot(ROTATE, kill === undefined ? undefined : { ...kill, nth: kill.nth - count(kill.name) })
    all.push(ended)
    for (const name of ended.effects) effects.push({ name, nth: count(name) + 1 })
    const waits = ended.code === 10 || (ended.code === 8 && reported(ended)?.code === 'KR_WARRANT_INCOMPLETE')
    if (!waits || all.length === MOST_PROCESSES) return { all, effects, killed: ended.killed }
    await scene.wait()
  }
}

/** The same command again; where keyrot says what to run instead, that. */
async function takeUp(scene: Scene): Promise<readonly Ended[]> {
  const all: Ended[] = []
  for (let args: readonly string[] = ROTATE; ;) {
    const ended = await scene.keyrot(args)
    all.push(ended)
    if ((ended.code !== 8 && ended.code !== 10) || all.length === MOST_PROCESSES) return all
    args = (ended.code === 8 ? commandIn(ended) : null) ?? ROTATE
    await scene.wait()
  }
}

interface Reported {
  readonly code: string
  readonly next: { readonly command: string | null } | null
}

function reported({ stdout }: Ended): Reported | undefined {
  return (JSON.parse(stdout) as { runs: readonly Reported[] }).runs[0]
}

/** The command that a report prints for going on. */
function commandIn(ended: Ended): readonly string[] | null {
  const words = reported(ended)?.next?.command?.split(' ') ?? []
  return words[0] === 'keyrot' ? [...words.slice(1), '--json'] : null
}

interface Judgement {
  readonly bad: readonly string[]
  readonly forgotten: number
}

/** What is wrong with a rotation after its last process; then the keys that a kill has cost come to their end. */
async function judge(scene: Scene, from: string, all: readonly Ended[], kills: number, recordLost = false): Promise<Judgement> {
  const { world, time } = scene
  const scan = makeScanner()
  const printed = all.flatMap(({ stdout, stderr }) => scan(stdout + stderr)).map(({ encoding }) => `a key was printed (${encoding})`)
  const last = all.at(-1)
  if (last?.code !== 0) return { bad: [...printed, ['did not end well', ...all.map(told)].join('\n')], forgotten: 0 }
  const refused = refusedByCloud(world)
  const bad = [
    ...printed,
    ...judgeRotation(world, from, kills),
    ...(await judgeConsumers(world)),
    ...judgeFiles(world, false),
    ...judgeState(world),
    ...refusedIn(world),
    ...(refused > 0 ? [`${refused} calls of consumers were refused since this world began`] : []),
  ]
  time.pass(BIRTH_LIFE)
  const left = judgeLeft(world, last.stdout, recordLost)
  bad.push(...left.bad)
  return { bad: bad.length > 0 ? [...bad, ...all.map(told)] : [], forgotten: left.forgotten }
}

/**
 * No key may live on in no target. One exception: where no target has a fallback slot, the record alone knows a key whose value has not
 * reached a slot yet. Without the record its name permits nothing: keyrot must name it, and leave it to a person.
 */
function judgeLeft(world: CloudWorld, stdout: string, recordLost: boolean): Judgement {
  const left = leftAlive(world)
  const mayForget = recordLost && world.kinds.every((kind) => kind === 'vercel')
  const bad = left.filter((key) => !mayForget || !isOurs(key) || !stdout.includes(key.id))
  return { bad: bad.map((key) => `${key.name} lives on in no target`), forgotten: left.length - bad.length }
}

function told({ args, code, killed, stdout, stderr }: Ended): string {
  return `$ keyrot ${args.join(' ')}   ${killed ? 'killed' : `exit ${String(code)}`}\n${stdout}${stderr}`
}
