/** Other scanners as the scan bench runs them beside keyrot. One that is not to be had is said to be missing, and never passes for slow. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TextRule } from '../../src/scan/rule.ts'

/** The expressions of the rules as ripgrep's engine takes them: looking around is left out, so that it has less to do and finds no less. */
export function forRipgrep(rules: readonly TextRule[]): string {
  return rules
    .map(
      ({ pattern }) =>
        `${withoutLooks(pattern.source)
          .replace(/\(\?<\w+>/g, '(?:')
          .replace(/\\([/`])/g, '$1')}\n`,
    )
    .join('')
}

function withoutLooks(source: string): string {
  const look = /\(\?<?[!=]/.exec(source)
  if (look === null) return source
  return source.slice(0, look.index) + withoutLooks(source.slice(closing(source, look.index)))
}

/** Behind the bracket that closes the one at a place. */
function closing(source: string, from: number): number {
  let depth = 0
  for (const { 0: token, index } of source.slice(from).matchAll(/\\.|\[(?:\\.|[^\]])*\]|[()]/g)) {
    if (token === '(') depth++
    if (token === ')' && --depth === 0) return from + index + 1
  }
  throw new Error('a bracket is not closed')
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly exits?: readonly number[]
}

/** Milliseconds from start to end, what it says dropped; `null` = it was ended after `limit`. Settings and caches are those of `home`. */
export function timed({ file, args, cwd, exits = [0] }: Command, home: string, limit = Number.POSITIVE_INFINITY): Promise<number | null> {
  const from = performance.now()
  const child = spawn(file, args, { cwd, env: { PATH: process.env['PATH'] ?? '', HOME: home }, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-1_000)))
  const late = Number.isFinite(limit) ? setTimeout(() => child.kill('SIGKILL'), limit) : null
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (late !== null) clearTimeout(late)
      if (signal !== null) resolve(null)
      else if (code !== null && exits.includes(code)) resolve(performance.now() - from)
      else reject(new Error(`${file} ${args[0] ?? ''} exited with ${String(code)}: ${said}`))
    })
  })
}

/** Where a program lies, or `null`. */
export function onPath(name: string): string | null {
  return (
    (process.env['PATH'] ?? '')
      .split(':')
      .map((folder) => join(folder, name))
      .find((file) => existsSync(file)) ?? null
  )
}

/** secretlint with its recommended rules, installed into a folder of the bench for this once; `null` where the registry is not reached. */
export function installSecretlint(folder: string): ((tree: string) => Command & { readonly found: () => number }) | null {
  mkdirSync(folder)
  const rules = '@secretlint/secretlint-rule-preset-recommend'
  const settings = join(folder, 'rules.json')
  writeFileSync(settings, JSON.stringify({ rules: [{ id: rules }] }))
  try {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, 'secretlint', rules], { stdio: 'ignore' })
  } catch {
    return null
  }
  const file = join(folder, 'node_modules', '.bin', 'secretlint')
  const output = join(folder, 'found.json')
  const args = ['--secretlintrc', settings, '--format', 'json', '--output', output]
  // Its exit code does not tell what was found from what went wrong; what it wrote does.
  const found = (): number =>
    existsSync(output) ? (JSON.parse(readFileSync(output, 'utf8')) as { messages: unknown[] }[]).filter(({ messages }) => messages.length > 0).length : 0
  return (tree) => ({ file, args: [...args, `${tree}/**/*`], cwd: folder, exits: [0, 1], found })
}
