/** Everything that can end a command, turned into one KeyrotError of our own words, and that into an exit code. */
import { CLIError } from '@oclif/core/errors'
import { fileURLToPath } from 'node:url'
import { KeyrotError, exitCodeOf, toKeyrotError } from '../domain/errors.ts'
import { errorJson, errorLines } from '../ui/text/error.ts'
import { asciiJson } from '../ui/json.ts'
import { usageError, type Declared } from './command-line.ts'

/** oclif's parser errors in our words; anything else unexpected becomes `KR_BUG` by its class name only. */
export function toFailure(error: unknown, commands: readonly string[], declared: Declared | null = null): KeyrotError {
  if (error instanceof KeyrotError) return error
  if (error instanceof CLIError) return usageError(error, commands, declared)
  return toKeyrotError(error)
}

/** Columns of a terminal that does not know its width. */
const USUAL = 80

/** Prints a failure where it belongs and gives its exit code. With `--verbose`, our own stack frames follow. */
export function reportFailure(
  error: KeyrotError,
  how: { readonly argv: readonly string[]; readonly frames: readonly string[]; readonly signalCode: number | null },
): number {
  const exit = error.kind === 'interrupted' && how.signalCode !== null ? how.signalCode : exitCodeOf(error.kind)
  if (asks(how.argv, 'json')) process.stdout.write(`${asciiJson(errorJson(error, exit), 2)}\n`)
  else if (asks(how.argv, 'events')) process.stdout.write(`${asciiJson({ type: 'error', ...errorJson(error, exit) })}\n`)
  const columns = process.stderr.isTTY ? process.stderr.columns || USUAL : undefined
  for (const line of errorLines(error, Date.now(), columns)) process.stderr.write(`${line}\n`)
  if (asks(how.argv, 'verbose')) for (const frame of how.frames) process.stderr.write(`  at ${frame}\n`)
  return exit
}

/** Whether a flag is on, before or without parsing: a parse that failed must still answer in the asked form. */
export function asks(argv: readonly string[], flag: string): boolean {
  const end = argv.indexOf('--')
  const variable = process.env[`KEYROT_${flag.toUpperCase()}`] ?? ''
  return (end === -1 ? argv : argv.slice(0, end)).includes(`--${flag}`) || /^(?:1|true|yes|y)$/i.test(variable)
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Frames of keyrot's own files below `root`: function and place, no message, no absolute path. */
export function ownFrames(error: unknown, root = ROOT): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return stack.split('\n').flatMap((line) => {
    const found = /^ +at (?:async )?(?:([\w$.<>#]+)(?: \[as \w+\])? \()?(?:file:\/\/)?(\/.*)?$/.exec(line)
    const place = found?.[2]?.replace(/\)$/, '') ?? ''
    const inside = place.startsWith(root) ? /^(?:dist|src)\/[\w./-]+:\d+:\d+$/.exec(place.slice(root.length))?.[0] : undefined
    return inside === undefined ? [] : [`${found?.[1] ?? 'anonymous'} ${inside}`]
  })
}
