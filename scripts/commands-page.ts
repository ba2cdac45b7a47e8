/** `docs/commands.md`, made from the commands themselves: their words, arguments, flags and the environment forms of those. */
import { Command } from '@oclif/core'
import { COMMON_FLAGS, CONFIG_FLAGS, RUN_FLAGS } from '../src/cli/flags.ts'
import { usageOf } from './usage.ts'

/** What of a flag's declaration the page shows. */
export interface FlagWords {
  readonly char?: string
  readonly description?: string
  readonly env?: string
  readonly default?: unknown
  readonly helpValue?: string
  readonly multiple?: boolean
  readonly options?: readonly string[]
  readonly type: string
}

export type Flags = Readonly<Record<string, FlagWords>>

export interface CommandWords {
  readonly name: string
  readonly summary: string
  readonly description: string
  readonly usage: string
  readonly args: Readonly<Record<string, { readonly description?: string; readonly required?: boolean }>>
  readonly examples: readonly string[]
  /** Its own flags; those it shares are in `shared`. */
  readonly own: Flags
  readonly shared: Flags
}

/** A command's words from its class, called `name`. */
export function wordsOf(name: string, command: typeof Command): CommandWords {
  const args = (command.args ?? {}) as CommandWords['args']
  const own = (command.flags ?? {}) as unknown as Flags
  return {
    name,
    summary: command.summary ?? '',
    description: command.description ?? '',
    usage: typeof command.usage === 'string' ? command.usage : usageOf(name, args),
    args,
    examples: (command.examples ?? []).flatMap((example) => (typeof example === 'string' ? [example.replaceAll('<%= config.bin %>', 'keyrot')] : [])),
    own,
    shared: command.baseFlags as unknown as Flags,
  }
}

/** The whole page, commands in the order given. */
export function commandsPage(commands: readonly CommandWords[]): string {
  return [
    '# Commands and flags',
    '',
    'Made from the source by `npm run generate`. What each ends with: [exit codes](exit-codes.md). What `--json` prints: [output for programs](json-output.md).',
    '',
    '| command | does |',
    '| --- | --- |',
    ...commands.map(({ name, summary }) => `| [\`${name}\`](#${name.replaceAll(' ', '-')}) | ${cell(summary)} |`),
    '| `autocomplete` | prints how to set up completion for your shell (bash, zsh, PowerShell) |',
    '',
    '`keyrot --version` prints the version, `keyrot COMMAND --help` the words below. A key never goes onto the command line: every command line can be read by other',
    'processes and is kept in the history.',
    '',
    '## Flags that commands share',
    '',
    'Each can be given in the environment instead; a flag wins. A switch is on for `1` or `true`; lists take commas.',
    '',
    '| all commands | environment | |',
    '| --- | --- | --- |',
    ...rows(COMMON_FLAGS as unknown as Flags, true),
    '',
    `| commands that read the config (${listed(commands, 'config')}) | environment | |`,
    '| --- | --- | --- |',
    ...rows(CONFIG_FLAGS as unknown as Flags, true),
    '',
    `| commands that change something (${listed(commands, 'events')}) | environment | |`,
    '| --- | --- | --- |',
    ...rows(RUN_FLAGS as unknown as Flags, true),
    '',
    'Flags below have no environment form unless one is named: what names a target, a project or a credential for one call must not be left lying in an environment.',
    '',
    ...commands.flatMap(section),
  ].join('\n')
}

function listed(commands: readonly CommandWords[], flag: string): string {
  return commands
    .filter(({ shared }) => flag in shared)
    .map(({ name }) => `\`${name}\``)
    .join(', ')
}

function section({ name, summary, description, usage, args, examples, own }: CommandWords): string[] {
  const taken = Object.entries(args).map(([arg, { description: what = '' }]) => `| \`${arg.toUpperCase()}\` | | ${cell(what)} |`)
  const all = [...taken, ...rows(own, false)]
  return [
    `## ${name}`,
    '',
    `${capital(summary)}.${description === '' ? '' : ` ${description}`}`,
    '',
    '```',
    `keyrot ${usage}`,
    ...examples.filter((example) => example !== `keyrot ${name}`).map((example) => example),
    '```',
    '',
    ...(all.length === 0 ? [] : ['| | environment | |', '| --- | --- | --- |', ...all, '']),
  ]
}

function rows(flags: Flags, shared: boolean): string[] {
  return Object.entries(flags).map(([name, flag]) => {
    const value = flag.type === 'boolean' ? '' : ` ${flag.helpValue ?? (flag.options === undefined ? 'N' : flag.options.join('|'))}`
    const more = [
      flag.multiple === true ? 'may be repeated' : '',
      flag.default === undefined || flag.type === 'boolean'
        ? ''
        : `default \`${typeof flag.default === 'string' ? flag.default : JSON.stringify(flag.default)}\``,
    ]
    const words = [flag.description ?? '', ...more.filter((part) => part !== '')].join('; ')
    return `| \`${flag.char === undefined ? '' : `-${flag.char}, `}--${name}${cell(value)}\` | ${flag.env === undefined ? (shared ? '' : '–') : `\`${flag.env}\``} | ${cell(words)} |`
  })
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
