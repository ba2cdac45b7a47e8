/** What is wrong with a command line, in our words: oclif's repeat what was typed, and that may be a pasted key. */
import type { CLIError } from '@oclif/core/errors'
import { KeyrotError } from '../domain/errors.ts'

/** What the command that was meant takes, as it declares it. */
export interface Declared {
  readonly name: string
  readonly flags: Readonly<Record<string, { readonly options?: readonly string[] | undefined }>>
  readonly args: Readonly<Record<string, { readonly options?: readonly string[] | undefined; readonly required?: boolean | undefined }>>
}

/** A word of a command line that is safe to repeat: never a value, which might be a pasted key. */
const SAFE_WORD = /^-{0,2}[a-z][a-z-]{0,30}$/

const TOO_MANY = ['there is an argument too many', 'a key never goes onto the command line; a new one is read from stdin with --new-key-stdin'] as const

/** oclif's complaint about a command line, by its class; `declared` is null where no command was found. */
export function usageError(error: CLIError, commands: readonly string[], declared: Declared | null): KeyrotError {
  const [message, ...hints] = commandWords(error.message, commands) ?? (declared === null ? [UNCLEAR] : argumentWords(error, declared))
  const help = declared === null ? 'keyrot --help' : `keyrot ${declared.name} --help`
  return new KeyrotError({ code: 'KR_USAGE', kind: 'usage', message, hints: [...hints, `see: ${help}`] })
}

type Words = readonly [message: string, ...hints: string[]]

const UNCLEAR = 'the command line cannot be understood'

/** A word that is no command, or one that follows a command which takes none; `null` where the command was found. */
function commandWords(message: string, commands: readonly string[]): Words | null {
  const [unknown, ...rest] = /^command (.+) not found$/s.exec(message)?.[1]?.split(/[ :]/) ?? []
  if (unknown === undefined) return null
  if (rest.length > 0 && commands.includes(unknown)) return TOO_MANY
  const known = commands.map((id) => id.replaceAll(':', ' '))
  const said = known.some((name) => name.startsWith(`${unknown} `)) ? [unknown, ...rest.slice(0, 1)] : [unknown]
  const near = nearest(said.join(' '), known)
  const words = said.every((word) => SAFE_WORD.test(word)) ? `there is no command ${said.join(' ')}` : 'there is no such command'
  return near === null ? [words] : [words, `did you mean: keyrot ${near}`]
}

function argumentWords(error: CLIError, { flags, args }: Declared): Words {
  switch (error.constructor.name) {
    case 'NonExistentFlagsError':
      return flagWords((error as CLIError & { readonly flags?: unknown }).flags, Object.keys(flags))
    case 'UnexpectedArgsError':
      return TOO_MANY
    case 'RequiredArgsError': {
      const [missing = 'name'] = Object.entries(args).flatMap(([name, { required }]) => (required === true ? [name] : []))
      return [`an argument is missing: ${missing.toUpperCase()}`, ...(args[missing]?.options === undefined ? ['names are listed by: keyrot status'] : [])]
    }
    case 'FailedFlagValidationError':
      return ['flags were given that exclude each other, or one that needs another']
    case 'FlagInvalidOptionError': {
      const flag = /^Expected --([a-z-]+)=/.exec(error.message)?.[1] ?? ''
      return choices(flags[flag]?.options, `--${flag}`)
    }
    case 'ArgInvalidOptionError': {
      const [name, arg] = Object.entries(args).find(([, { options }]) => options !== undefined) ?? ['', undefined]
      return choices(arg?.options, name.toUpperCase())
    }
    default:
      return [/expects? a value|needs a value/.test(error.message) ? 'a flag misses its value' : UNCLEAR]
  }
}

function flagWords(given: unknown, known: readonly string[]): Words {
  const flags = Array.isArray(given) ? given.filter((flag): flag is string => typeof flag === 'string' && SAFE_WORD.test(flag)) : []
  const near = flags.length === 1 ? nearest((flags[0] ?? '').replace(/^-+/, ''), known) : null
  const words = flags.length === 0 ? 'there is no such flag' : `there is no flag ${flags.join(', ')}`
  return near === null ? [words] : [words, `did you mean: --${near}`]
}

function choices(options: readonly string[] | undefined, name: string): Words {
  return [options === undefined ? 'a value is not one of its choices' : `${name} is one of: ${options.join(', ')}`]
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
