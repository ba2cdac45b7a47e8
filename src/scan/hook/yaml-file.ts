/**
 * Hooks that a tool reads from a YAML file of the project: lefthook, and the pre-commit framework. Lines are put in as text, so that
 * comments, order and quoting of the rest stay; a parser is asked before and after whether the rest still means the same.
 */
import { isDeepStrictEqual } from 'node:util'
import { inserted, marked, withoutBlocks } from './block.ts'

/** The text with keyrot's part, or `null`: it is written in a way that lines cannot simply be put into. */
export type Merge = (text: string) => string | null

/** Puts the part in, and makes sure that nothing else changed its meaning. `parse` throws for what is no YAML. */
export function merged(text: string, merge: Merge, parse: (text: string) => unknown): string | null {
  const bare = withoutBlocks(text)
  const after = bare.includes('\r') ? null : merge(bare)
  if (after === null) return null
  try {
    return holds(parse(after), parse(bare)) ? after : null
  } catch {
    return null
  }
}

/** Whether everything of `before` is in `after`, where more may have come in. */
function holds(after: unknown, before: unknown): boolean {
  if (before === null || before === undefined) return true
  if (Array.isArray(before)) {
    const rest = Array.isArray(after) ? after.filter((item) => !isOurs(item)) : []
    return isDeepStrictEqual(rest, before)
  }
  if (typeof before !== 'object') return after === before
  return (
    typeof after === 'object' &&
    after !== null &&
    Object.entries(before).every(([key, value]) => key in after && holds((after as Record<string, unknown>)[key], value))
  )
}

const isOurs = (item: unknown): boolean => JSON.stringify(item)?.includes('keyrot') ?? false

/** A file that is shared through the repository names nobody's installation: the PATH first, then the project's own. */
const OR_OF_THE_PROJECT = 'PATH="$PATH:node_modules/.bin"'

/** The pre-commit framework gives a hook no stdin; it tells the range in variables, or none where all of the branch is new. */
const RANGE_OR_ALL =
  'if [ -n "$PRE_COMMIT_FROM_REF" ]; then exec keyrot scan --range "$PRE_COMMIT_FROM_REF..$PRE_COMMIT_TO_REF"; fi; exec keyrot scan --history'

/** It starts programs by itself, without a shell. */
const inShell = (command: string): string => `sh -c '${OR_OF_THE_PROJECT}; ${command}'`

const PRE_COMMIT_LINES = [
  '- repo: local',
  '  hooks:',
  '    - id: keyrot-pre-commit',
  '      name: keyrot (no key in a commit)',
  '      entry: >-',
  `        ${inShell('exec keyrot scan --staged')}`,
  '      language: system',
  '      pass_filenames: false',
  '      always_run: true',
  '      stages: [pre-commit]',
  '    - id: keyrot-pre-push',
  '      name: keyrot (no key in a push)',
  '      entry: >-',
  `        ${inShell(RANGE_OR_ALL)}`,
  '      language: system',
  '      pass_filenames: false',
  '      always_run: true',
  '      stages: [pre-push]',
]

/** `.pre-commit-config.yaml`: one more repository, first in the list. */
export function intoPreCommit(text: string): string | null {
  const list = /^repos:[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*( *)- /m.exec(text)
  if (list === null) return null
  return inserted(text, text.indexOf('\n', list.index) + 1, marked(PRE_COMMIT_LINES, list[1]))
}

const LEFTHOOK = {
  'pre-commit': [`run: ${OR_OF_THE_PROJECT} keyrot scan --staged`],
  'pre-push': [`run: ${OR_OF_THE_PROJECT} keyrot scan --push={1}`, 'use_stdin: true'],
} as const

/** `lefthook.yml`: a command, or a job where jobs are used, of both hooks. */
export function intoLefthook(text: string): string | null {
  return (['pre-push', 'pre-commit'] as const).reduce<string | null>((before, hook) => (before === null ? null : intoLefthookHook(before, hook)), text)
}

function intoLefthookHook(text: string, hook: keyof typeof LEFTHOOK): string | null {
  const command = ['keyrot:', ...LEFTHOOK[hook].map((line) => `  ${line}`)]
  const key = new RegExp(`^(?:${hook}|"${hook}"|'${hook}'):(.*)\n`, 'm').exec(text)
  if (key === null) {
    // Before the first key, or the lines of ours that are there already.
    const first = /^(?:# >>> keyrot|[\w"'][^\n]*:)/m.exec(text)?.index ?? (text === '' || text.endsWith('\n') ? text.length : null)
    return first === null ? null : inserted(text, first, marked([`${hook}:`, '  commands:', ...command.map((line) => `    ${line}`)]))
  }
  if (!/^[ \t]*(?:#.*)?$/.test(key[1] ?? '')) return null
  const from = key.index + key[0].length
  const body = /^(?:[ \t]+.*\n|[ \t]*(?:#.*)?\n)*/.exec(text.slice(from))?.[0] ?? ''
  const indent = /^( +)[^ #\n]/m.exec(body)?.[1] ?? '  '
  const list = new RegExp(`^${indent}(commands|jobs):[ \t]*(?:#.*)?\n(?:[ \t]*(?:#.*)?\n)*( *)`, 'm').exec(body)
  if (list === null) return inserted(text, from, marked(['commands:', ...command.map((line) => `  ${line}`)], indent))
  const at = from + body.indexOf('\n', list.index) + 1
  const [, kind, inner = ''] = list
  if (kind === 'commands') return inserted(text, at, marked(command, inner.length > indent.length ? inner : `${indent}  `))
  return inserted(text, at, marked(['- name: keyrot', ...LEFTHOOK[hook].map((line) => `  ${line}`)], inner.length < indent.length ? indent : inner))
}
