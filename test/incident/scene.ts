/** A leak in a world of clouds: the real command in time lapse, and what the provider and the targets say of its end. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keyrot, startTime, type Ended, type Kill, type Time } from '../cloud/command.ts'
import { KINDS, makeCloudWorld, type CloudWorld, type Kind, type Wishes } from '../cloud/world.ts'

/** Nothing here soaks for longer than a test may take. */
const POLICY = '{ overlap: 5s, quiet: 5s, verifyWindow: 10s, listDelay: 1s, revoke: auto }'
/** Where nobody listens: what is there is down. */
export const NOWHERE = 'http://127.0.0.1:9'

export interface Told {
  readonly code: number | null
  /** The report of the only credential. */
  readonly run: {
    readonly code: string
    readonly message: string
    readonly hints: readonly string[]
    readonly next: { readonly command: string } | null
    readonly targets: readonly { readonly name: string; readonly current: string }[]
  }
  readonly text: string
  readonly effects: readonly string[]
}

export interface Scene {
  readonly world: CloudWorld
  readonly time: Time
  /** The leaked value, in use everywhere when the scene opens. */
  readonly leaked: string
  run(args: readonly string[], how?: { readonly env?: Readonly<Record<string, string>>; readonly kill?: Kill; readonly input?: string }): Promise<Ended>
  incident(args?: readonly string[], how?: Parameters<Scene['run']>[1]): Promise<Told>
  close(): Promise<void>
}

export async function openScene(wishes: Wishes = {}): Promise<Scene> {
  const time = startTime()
  const world = await makeCloudWorld({ callsPerSecond: 0, clock: time.now, policy: POLICY, ...wishes })
  const home = mkdtempSync(join(tmpdir(), 'keyrot-incident-'))
  const run: Scene['run'] = (args, { env = {}, kill, input } = {}) =>
    keyrot(args, { cwd: world.folder, env: { ...world.env, ...env }, time, home }, kill, input)
  return {
    world,
    time,
    leaked: world.clouds.openai.prepared.keyValue,
    run,
    incident: async (args = [], how = {}) => told(await run(['incident', 'prod', '--yes', '--confirm', 'prod', '--json', ...args], how)),
    close: async () => {
      await world.close()
      time.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** What a call says that ended with a report; its own words where it did not. */
export function told({ code, stdout, stderr, effects }: Ended): Told {
  const text = stdout + stderr
  if (!stdout.startsWith('{')) throw new Error(`no report, exit ${code}\n${text}`)
  const [run] = (JSON.parse(stdout) as { runs: readonly Told['run'][] }).runs
  if (run === undefined) throw new Error(`no run in the report, exit ${code}\n${text}`)
  return { code, run, text, effects }
}

/** What is wrong with the end of an incident: the leaked key must be refused, and everything in reach live on one other key. */
export async function wrongAtTheEnd({ world, leaked }: Pick<Scene, 'world' | 'leaked'>, without: readonly Kind[] = []): Promise<string[]> {
  const { keys } = world.clouds.openai.sandbox.state()
  const reached = KINDS.filter((kind) => world.kinds.includes(kind) && !without.includes(kind))
  const held = new Map(reached.map((kind) => [kind, world.held(kind)]))
  const alive = (print: string | null | undefined): boolean => keys.some((key) => key.fingerprint === print && key.alive)
  const answer = await fetch(`${world.clouds.openai.urls.openai}/models`, { headers: { authorization: `Bearer ${leaked}` } })
  return [
    ...(answer.status === 401 ? [] : [`the leaked key is answered ${answer.status}`]),
    ...(alive(world.first) ? ['the leaked key lives'] : []),
    ...[...held].flatMap(([kind, print]) => (alive(print) ? [] : [`${kind} is on a dead key`])),
    ...(new Set(held.values()).size === 1 ? [] : [`several keys are in use: ${[...held].map((pair) => pair.join(' ')).join(', ')}`]),
  ]
}
