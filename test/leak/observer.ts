/** Runs a program and keeps everything by which it could tell a secret: what it prints, its argv, its children's argv and environment. */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Observed {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: Buffer
  /** Of the program and of every process below it. */
  readonly argv: Buffer
  /** Of every process below it; its own was given by us. */
  readonly childEnv: Buffer
}

export interface Watched {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input?: string | Buffer
  /** Sends SIGINT when stderr holds this, and in any case after the patience (ms). */
  readonly interruptAt?: string
  readonly patience?: number
}

export interface Observer {
  readonly observe: (command: readonly string[], how: Watched) => Promise<Observed>
}

/** An observer with a folder of its own: a `git` that stands first on the path, writes down what it is given, and goes on as the real one. */
export function makeObserver(folder: string): Observer {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(folder, 'argv'), '')
  writeFileSync(join(folder, 'env'), '')
  const real = realGit()
  const script = ['#!/bin/sh', `printf '%s\\n' "$@" >>'${join(folder, 'argv')}'`, `env >>'${join(folder, 'env')}'`, `exec '${real}' "$@"`, '']
  writeFileSync(join(bin, 'git'), script.join('\n'))
  chmodSync(join(bin, 'git'), 0o700)
  return {
    observe: async (command, how) => {
      const path = [bin, process.env['PATH'] ?? ''].join(delimiter)
      const ran = await run(command, { ...how, env: { ...how.env, PATH: path } })
      const [argv, childEnv] = [ran.argv, ran.childEnv].map((seen, index) => Buffer.concat([seen, take(join(folder, index === 0 ? 'argv' : 'env'))]))
      return { ...ran, argv: argv ?? ran.argv, childEnv: childEnv ?? ran.childEnv }
    },
  }
}

function take(file: string): Buffer {
  const bytes = readFileSync(file)
  writeFileSync(file, '')
  return bytes
}

function realGit(): string {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'git'))
    .find((file) => existsSync(file))
  if (found === undefined) throw new Error('git is not on the path')
  return found
}

const LOOK_EVERY = 20
const PATIENCE = 20_000
/** After a SIGINT that was not heard. */
const GRACE = 8_000

function run(command: readonly string[], how: Watched): Promise<Observed> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd: how.cwd, env: how.env, stdio: 'pipe' })
  const out: Buffer[] = []
  const err: Buffer[] = []
  const family = followFamily(child.pid ?? 0)
  const stop = (): void => {
    child.kill('SIGINT')
    timers.push(setTimeout(() => child.kill('SIGKILL'), GRACE))
  }
  const timers = [setTimeout(stop, how.patience ?? PATIENCE), setInterval(family.look, LOOK_EVERY)]
  let interrupted = how.interruptAt === undefined
  child.stdout.on('data', (piece: Buffer) => out.push(piece))
  child.stderr.on('data', (piece: Buffer) => {
    err.push(piece)
    if (interrupted || !Buffer.concat(err).includes(how.interruptAt ?? '')) return
    interrupted = true
    stop()
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(how.input ?? '')
  return new Promise((resolve) =>
    child.on('close', (code) => {
      for (const timer of timers) clearTimeout(timer)
      resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err), ...family.seen() })
    }),
  )
}

interface Family {
  readonly look: () => void
  readonly seen: () => { readonly argv: Buffer; readonly childEnv: Buffer }
}

/** Looks at argv and environment of a process and all below it in /proc (Linux); elsewhere it sees nothing, and the `git` must do. */
function followFamily(root: number): Family {
  const members = new Set([root])
  const strangers = new Set<number>()
  const argv = new Map<string, Buffer>()
  const env = new Map<string, Buffer>()
  const keep = (place: Map<string, Buffer>, bytes: Buffer): void => void (bytes.length > 0 && place.set(bytes.toString('latin1'), bytes))
  const look = (): void => {
    for (const pid of processes()) {
      if (!members.has(pid) && !strangers.has(pid)) (members.has(parentOf(pid)) ? members : strangers).add(pid)
      if (!members.has(pid)) continue
      const cmdline = proc(pid, 'cmdline')
      keep(argv, cmdline)
      if (pid !== root && hasBegun(pid, cmdline, root)) keep(env, proc(pid, 'environ'))
    }
  }
  look()
  return { look, seen: () => ({ argv: Buffer.concat([...argv.values()]), childEnv: Buffer.concat([...env.values()]) }) }
}

/** Between fork and exec a child still shows what its parent was started with, under its parent's name. */
function hasBegun(pid: number, cmdline: Buffer, root: number): boolean {
  const parents = [proc(root, 'cmdline'), proc(parentOf(pid), 'cmdline')]
  return cmdline.length > 0 && parents.every((parent) => !parent.equals(cmdline))
}

function processes(): readonly number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
  } catch {
    return []
  }
}

function parentOf(pid: number): number {
  return Number(/\) \S (\d+)/.exec(proc(pid, 'stat').toString('latin1'))?.[1] ?? 0)
}

function proc(pid: number, file: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${file}`)
  } catch {
    return Buffer.alloc(0)
  }
}
