/** What no tool may do alone after a leak, with the commands to type. */
import { printable } from '../../domain/printable.ts'
import type { RunStory } from '../../domain/story.ts'
import { code, heading, items, paragraph, shell } from './markdown.ts'

export interface CleanUp {
  /** Whether the old key leaked: by the journal, or by the word of whoever asks. */
  readonly leaked: boolean
  /** Credentials of this config in the same place; `null` where the targets could not be connected to. */
  readonly siblings: readonly { readonly credential: string; readonly through: readonly string[] }[] | null
  /** All others of the config. */
  readonly others: readonly string[]
  readonly targets: readonly { readonly name: string; readonly type: string }[]
  /** Where the file for `git filter-repo` was written; `null` where nobody asked for it. */
  readonly purgeFile: string | null
}

export function cleanUpLines(story: RunStory, facts: CleanUp): string[] {
  if (!facts.leaked) return routineLines(story)
  return [
    ...alarm(story),
    ...heading(3, '1. Take it out of the history'),
    ...historyLines(story, facts.purgeFile),
    ...heading(3, '2. Replace what lay beside it'),
    ...siblingLines(story, facts),
    ...heading(3, '3. Empty the caches'),
    ...items([...facts.targets.map(cacheWords), ...EVERYWHERE], true),
    ...heading(3, '4. Tell people'),
    ...items(peopleWords(story), true),
  ]
}

function routineLines(story: RunStory): string[] {
  const dead = story.dead !== null || story.outcome === 'rolled-back'
  return paragraph(
    dead
      ? 'Nothing: a routine rotation leaves nothing behind that lives. If the old key leaked: ask again with `--since`, and the list is that of an incident.'
      : `The old key was not seen dead: \`keyrot status\`, then \`keyrot rotate ${printable(story.credential)}\` or \`keyrot revoke ${printable(story.credential)}\`.`,
  )
}

function alarm(story: RunStory): string[] {
  const { dead, left, credential } = story
  const name = printable(credential)
  return [
    ...(dead === null
      ? paragraph(`**First of all: the leaked key was not seen dead.** \`keyrot incident ${name}\` goes on; nothing below protects anybody before that.`)
      : []),
    ...(left.length === 0
      ? []
      : paragraph(
          `**Targets left behind** hold a dead key: ${left.map((target) => code(target)).join(', ')}. \`keyrot rotate ${name}\` brings them to the new one.`,
        )),
  ]
}

function historyLines(story: RunStory, file: string | null): string[] {
  const run = printable(story.run ?? story.credential)
  const path = file ?? '../keyrot-purge.txt'
  const quoted = /^[\w./-]+$/.test(path) ? path : `'${printable(path, 500).replaceAll("'", String.raw`'\''`)}'`
  return [
    ...paragraph(
      'Only if it was committed. The key is worthless once it is dead; this stops alarms and copies of it, and it rewrites history: agree on a time, everybody clones anew afterwards. The file holds shapes of keys, no key; it lies outside the repository, and keys of the same shape are taken out with it.',
    ),
    ...shell([
      ...(file === null ? [`keyrot runs report ${run} --purge-file ${quoted} > /dev/null`] : []),
      'git clone --mirror "$(git remote get-url origin)" ../keyrot-purge.git',
      `PURGE=$(realpath ${quoted})`,
      'cd ../keyrot-purge.git',
      'git filter-repo --replace-refs delete-no-add \\',
      '  --replace-text "$PURGE" --replace-message "$PURGE"',
      'git push --mirror --force "$(git -C "$OLDPWD" remote get-url origin)"',
    ]),
    ...items(
      [
        'git-filter-repo 2.47 or newer: add `--sensitive-data-removal`, which names what the host still has to forget',
        'ask the host to drop cached views, pull-request references and forks (on GitHub: support)',
        '`keyrot scan` in a fresh clone finds nothing',
        'delete the mirror and the file; tell everybody to clone anew, not to pull',
      ],
      true,
    ),
  ]
}

function siblingLines({ credential }: RunStory, { siblings, others }: CleanUp): string[] {
  const known = (siblings ?? []).map(
    ({ credential: name, through }) =>
      `\`keyrot incident ${printable(name)}\`: it lies in the same place (${through.map((target) => code(target)).join(', ')})`,
  )
  const rest = others.filter((name) => !(siblings ?? []).some((sibling) => sibling.credential === name))
  const unknown = rest.length === 0 ? [] : [`did whoever saw ${code(credential)} see these, too? ${rest.map((name) => code(name)).join(', ')}`]
  return [
    ...(siblings === null ? paragraph('The targets could not be connected to: which credentials share a place with this one is not known.') : []),
    ...items([...known, ...unknown, 'everything else in the same file, secret or log: passwords, tokens, keys that keyrot does not know'], true),
  ]
}

const CACHES: Readonly<Record<string, string>> = {
  dotenv: 'backups, images and build caches that hold a copy of the file; shells and editors that keep it in their history',
  'aws-secrets-manager': 'clients and extensions that cache secrets, replicas in other regions, pipelines that read it into their own store',
  kubernetes: 'backups of etcd, manifests and charts with the value, `last-applied-configuration` annotations, images',
  vercel: 'old deployments and previews built with it, build caches, logs of builds',
}

function cacheWords({ name, type }: CleanUp['targets'][number]): string {
  return `${code(name)} (${printable(type)}): ${CACHES[type] ?? 'whatever reads it from there and keeps a copy'}`
}

const EVERYWHERE = [
  'browser bundles and content delivery networks, if it was ever shipped to a client',
  'logs, error trackers, chats, tickets, notebooks, CI output: where the key was seen, it is still',
]

function peopleWords({ credential }: RunStory): string[] {
  return [
    `who runs the consumers of ${code(credential)}: that the key has changed, and when`,
    'an owner of the organization: what was called and what it cost; the provider’s support where a stranger’s calls were billed',
    'whoever is responsible for data protection: the key opened what its project holds (files, stored responses, vector stores), and clocks for reporting run from now',
    'whoever found it: thanks, and how it came out, so that it does not again',
  ]
}
