/** Everything that can end a command, turned into one KeyrotError of our own words, and that into an exit code. */
import { Errors } from '@oclif/core'
import { fileURLToPath } from 'node:url'
import { KeyrotError, exitCodeOf, toKeyrotError } from '../domain/errors.ts'
import { errorJson, errorLines } from '../ui/text/error.ts'
import { asciiJson } from '../ui/json.ts'

/** A word of a command line that is safe to repeat: never a value, which might be a pasted key. */
const SAFE_WORD = /^-{0,2}[a-z][a-z-]{0,30}$/

/** oclif's parser errors in our words; anything else unexpected becomes `KR_BUG` by its class name only. */
export function toFailure(error: unknown, commands: readonly string[]): KeyrotError {
  if (error instanceof KeyrotError) return error
  if (error instanceof Errors.CLIError) return usage(error, commands)
  return toKeyrotError(error)
}

const TOO_MANY = ['there is an argument too many', 'a key never goes onto the command line; a new one is read from stdin with --new-key-stdin'] as const

function usage(error: Errors.CLIError, commands: readonly string[]): KeyrotError {
  const parts = error as Errors.CLIError & { readonly flags?: unknown; readonly args?: readonly unknown[] }
  const [unknown, ...rest] = /^command (.+) not found$/s.exec(error.message)?.[1]?.split(/[ :]/) ?? []
  const fail = (message: string, ...hints: string[]): KeyrotError =>
    new KeyrotError({ code: 'KR_USAGE', kind: 'usage', message, hints: [...hints, 'see: keyrot --help'] })
  if (unknown !== undefined && rest.length > 0 && commands.includes(unknown)) return fail(...TOO_MANY)
  if (unknown !== undefined) {
    const near = nearest(unknown, commands)
    return fail(
      SAFE_WORD.test(unknown) ? `there is no command ${unknown}` : 'there is no such command',
      ...(near === null ? [] : [`did you mean: keyrot ${near}`]),
    )
  }
  switch (error.constructor.name) {
    case 'NonExistentFlagsError': {
      const flags = Array.isArray(parts.flags) ? parts.flags.filter((flag): flag is string => typeof flag === 'string' && SAFE_WORD.test(flag)) : []
      return fail(flags.length === 0 ? 'there is no such flag' : `there is no flag ${flags.join(', ')}`)
    }
    case 'UnexpectedArgsError':
      return fail(...TOO_MANY)
    case 'RequiredArgsError':
      return fail('an argument is missing: the name of a credential', 'names are listed by: keyrot status')
    case 'FailedFlagValidationError':
      return fail('flags were given that exclude each other, or one that needs another')
    case 'FlagInvalidOptionError':
    case 'ArgInvalidOptionError':
      return fail('a flag has a value that is not one of its choices')
    default:
      return fail(/expects? a value|needs a value/.test(error.message) ? 'a flag misses its value' : 'the command line cannot be understood')
  }
}

/** The name at an edit distance of at most 2, if any. */
export function nearest(word: string, names: readonly string[]): string | null {
  const best = names.map((name) => [distance(word, name), name] as const).toSorted((left, right) => left[0] - right[0])[0]
  return best !== undefined && best[0] <= 2 ? best[1] : null
}

function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[right.length] ?? 0
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
