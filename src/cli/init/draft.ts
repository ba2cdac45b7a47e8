/** The config that `init` writes: every answer in its place, a comment at every key. */
import { printable } from '../../domain/printable.ts'

export interface DraftTarget {
  readonly name: string
  readonly path: string
  readonly variable: string
  readonly consumers: 'reread' | 'manual'
}

export interface Answers {
  readonly ns: string
  readonly credential: string
  readonly project: string
  readonly serviceAccount: string | null
  /** A reference such as `env:OPENAI_ADMIN_KEY`; `null` = a person makes and deletes keys by hand. */
  readonly adminKey: string | null
  readonly scopes: 'all' | readonly string[]
  readonly targets: readonly DraftTarget[]
  /** Places found that a person has to judge: named as comments. */
  readonly others: readonly string[]
}

const text = (value: string): string =>
  /^[A-Za-z0-9_./:@-]+$/.test(value) && !/^(?:true|false|null|yes|no|on|off|[0-9-].*|\.[0-9].*)$/i.test(value) ? value : JSON.stringify(value)

/** The whole file. Judged before it is written, so that a wrong answer never becomes a wrong file. */
export function draftConfig(answers: Answers): string {
  return [
    '# yaml-language-server: $schema=./node_modules/keyrot/rotation.schema.json',
    '#',
    '# What keyrot rotates, where it is born and where it is kept. No key is ever written here, only where one is found:',
    '# env:NAME or file:path. Every setting with its meaning: rotation.config.example.yaml in the package.',
    '',
    'version: 1',
    '',
    '# Part of the name of every key keyrot creates, so that two configs never mistake each other’s keys. Never change it.',
    `ns: ${text(answers.ns)}`,
    '',
    '# How keys are rotated. These are the defaults; take away the # to change one.',
    '# policy:',
    '#   maxAge: 90d     # age at which a key is due',
    '#   overlap: 24h    # how long old and new key live side by side',
    '#   quiet: 1h       # how long the old key must have been unused before it may be revoked',
    '#   revoke: prompt  # who says that the old key may die: a person (prompt) or this line (auto)',
    '',
    '# Where keys are born and die.',
    'providers:',
    '  openai:',
    '    type: openai',
    '    # The project whose keys are rotated.',
    `    project: ${text(answers.project)}`,
    '    # The service account that owns the keys. Left out, each new key gets one of its own.',
    answers.serviceAccount === null ? '    # serviceAccount: user-…' : `    serviceAccount: ${text(answers.serviceAccount)}`,
    '    # Where the admin key is found. Left out, a person makes and deletes the keys in the dashboard, and keyrot does the rest.',
    answers.adminKey === null ? '    # adminKey: env:OPENAI_ADMIN_KEY' : `    adminKey: ${text(answers.adminKey)}`,
    '    # What a new key may do: a list of scopes, or the word all.',
    `    scopes: ${answers.scopes === 'all' ? 'all' : `[${answers.scopes.map(text).join(', ')}]`}`,
    '',
    '# Where keys are kept for their consumers.',
    'targets:',
    ...answers.targets.flatMap(targetLines),
    ...otherLines(answers.others),
    '',
    '# What is rotated.',
    'credentials:',
    `  ${text(answers.credential)}:`,
    '    provider: openai',
    `    targets: [${answers.targets.map((target) => text(target.name)).join(', ')}]`,
    '',
  ].join('\n')
}

function targetLines(target: DraftTarget): string[] {
  return [
    `  ${text(target.name)}:`,
    '    type: dotenv',
    '    # The file, relative to this config, and the variable in it.',
    `    path: ${text(target.path)}`,
    `    variable: ${text(target.variable)}`,
    '    # reread: programs read the file again by themselves; manual: a person restarts them, and keyrot asks.',
    `    consumers: ${target.consumers}`,
  ]
}

function otherLines(others: readonly string[]): string[] {
  return others.length === 0
    ? []
    : [
        '  # Also found here. If the key is kept there too, add it as rotation.config.example.yaml shows:',
        ...others.map((other) => `  #   ${printable(other, 100)}`),
      ]
}

/** A name for the target of a variable in a file: `.env` → `env`, `apps/web/.env.production` → `apps-web-env-production`. */
export function targetName(path: string, variable: string, taken: readonly string[]): string {
  const plain = (given: string): string =>
    given
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
  const base = plain(path).slice(0, 40).replace(/-+$/, '') || 'env'
  const candidates = [
    base,
    `${base.slice(0, 18)}-${plain(variable)}`.slice(0, 40).replace(/-+$/, ''),
    ...Array.from({ length: 98 }, (_, at) => `${base.slice(0, 36)}-${at + 2}`),
  ]
  return candidates.find((name) => !taken.includes(name)) ?? base
}
