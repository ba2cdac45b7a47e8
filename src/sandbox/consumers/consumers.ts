/** The consumers of a sandbox: child processes that call with what they were handed, and the sum of what they met. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Orders, Tally } from './program.ts'
import type { Source } from './source.ts'

/** Calls of one consumer with one key. */
export interface Calls {
  readonly consumer: string
  readonly fingerprint: string
  readonly accepted: number
  readonly refused: number
  readonly failed: number
  /** Of the last message that told of such a call: Unix ms. */
  readonly lastAt: number
}

export interface ConsumerWish {
  readonly name: string
  readonly source: Source
  /** What the platform puts into the process's environment, the key included where it does. */
  readonly env: Readonly<Record<string, string>>
}

interface Running {
  readonly child: ChildProcess
  readonly gone: Promise<void>
}

/** Where the program lies: beside this file in the source, in a place of its own in the bundle. */
const PROGRAM = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './program.ts' : '../sandbox/consumers/program.js', import.meta.url))

export class Consumers {
  readonly #api: string
  readonly #callsPerSecond: number
  readonly #running = new Map<string, Running>()
  readonly #calls = new Map<string, Calls>()

  constructor(api: string, callsPerSecond: number) {
    this.#api = api
    this.#callsPerSecond = callsPerSecond
  }

  /** Starts one; resolves when its first call was answered, whatever the answer, or when it ended before. */
  start({ name, source, env }: ConsumerWish): Promise<void> {
    const orders: Orders = { source, env, api: this.#api, callsPerSecond: this.#callsPerSecond }
    const child = fork(PROGRAM, { env: {}, stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })
    child.send(orders)
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    this.#running.set(name, { child, gone })
    const called = new Promise<void>((resolve) => {
      child.on('message', (tallies) => {
        for (const tally of tallies as Tally[]) this.#add(name, tally)
        resolve()
      })
    })
    return Promise.race([called, gone])
  }

  /** Ends one, as its platform would; resolves when its process is gone. Unknown names are fine. */
  async stop(name: string): Promise<void> {
    const running = this.#running.get(name)
    this.#running.delete(name)
    running?.child.kill('SIGTERM')
    await running?.gone
  }

  /** Everything that was told so far, one entry for each consumer and key. */
  calls(): readonly Calls[] {
    return [...this.#calls.values()]
  }

  /** Names of those that run now. */
  running(): readonly string[] {
    return [...this.#running.keys()]
  }

  async close(): Promise<void> {
    await Promise.all(this.running().map((name) => this.stop(name)))
  }

  #add(consumer: string, { fingerprint, outcome, calls }: Tally): void {
    const at = `${consumer} ${fingerprint}`
    const sum = this.#calls.get(at) ?? { consumer, fingerprint, accepted: 0, refused: 0, failed: 0, lastAt: 0 }
    this.#calls.set(at, { ...sum, [outcome]: sum[outcome] + calls, lastAt: Date.now() })
  }
}
