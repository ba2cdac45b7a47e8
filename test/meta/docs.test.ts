/** The documents say what the code does: links lead somewhere, every code and flag is told, nothing told is gone. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandsPage } from '../../scripts/commands-page.ts'
import { loadCommands } from '../../scripts/commands.ts'
import { findingsPage } from '../../scripts/findings-page.ts'
import { parseDuration } from '../../src/domain/duration.ts'
import { DEFAULT_POLICY } from '../../src/domain/policy.ts'
import { TABLE } from './law.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

function filesUnder(folder: string, end: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(end))
    .map((path) => join(folder, path))
}

const OUTSIDE = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']
const DOCS = filesUnder('docs', '.md')
const PAGES = [...OUTSIDE, ...DOCS]

/** Links of a page as `path#anchor`, by the root; those with a scheme are not ours to judge. */
function linksOf(page: string, text: string): string[] {
  const found = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to)
  return found
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => {
      const [path = '', anchor] = to.split('#')
      const target = path === '' ? page : normalize(join(dirname(page), path))
      return anchor === undefined ? target : `${target}#${anchor}`
    })
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''))
}

/** Anchors as GitHub makes them from headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/^```[^]*?^```/gm, '').matchAll(/^#{1,6} +(.+)$/gm)
  return [...headings].map(([, words = '']) =>
    words
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function broken(page: string, text: string): string[] {
  return linksOf(page, text).filter((link) => {
    const [path = '', anchor] = link.split('#')
    if (path.startsWith('..') || !existsSync(join(ROOT, path))) return true
    return anchor !== undefined && !anchorsOf(read(path)).includes(anchor)
  })
}

/** Codes that the source makes from a union of words. */
const MADE: readonly { readonly file: string; readonly prefix: string; readonly words: RegExp }[] = [
  { file: 'src/flow/assess.ts', prefix: 'KR_', words: /type UnclearCode = (.+)/ },
  { file: 'src/adapters/http/failure.ts', prefix: 'KR_HTTP_', words: /type Odd = (.+)/ },
  { file: 'src/adapters/providers/openai-answer.ts', prefix: 'KR_OPENAI_', words: /^function meaning\([^]+?^}/m },
]

function madeCodes(): string[] {
  return MADE.flatMap(({ file, prefix, words }) => {
    const found = words.exec(read(file))?.[0] ?? ''
    // Of `meaning` the first word of each pair is the kind; of a union every word is.
    const kinds = [...found.matchAll(prefix === 'KR_OPENAI_' ? /\['([a-z-]+)', '/g : /'([a-z-]+)'/g)].map(([, word = '']) => word)
    expect(kinds, `${file}: ${prefix}`).not.toEqual([])
    return kinds.map((kind) => prefix + kind.replaceAll('-', '_').toUpperCase())
  })
}

function codesInSource(): Set<string> {
  const texts = filesUnder('src', '.ts').map(read)
  return new Set([...texts.flatMap((text) => text.match(/(?<=['`])KR_[A-Z]+(?:_[A-Z]+)*(?=['`])/g) ?? []), ...madeCodes()])
}

/** Every code a page explains: those of the config are told without their common beginning. */
function codesInDocs(): Set<string> {
  const table = /\| code `KR_CONFIG_…`[^]*?\n\n/.exec(read('docs/configuration.md'))?.[0] ?? ''
  const ofConfig = [...table.matchAll(/`([A-Z_]+)`/g)].map(([, word = '']) => `KR_CONFIG_${word}`)
  return new Set([...(read('docs/codes.md').match(/KR_[A-Z]+(?:_[A-Z]+)*/g) ?? []), ...ofConfig])
}

describe('links', () => {
  it.each(PAGES)('%s: each leads somewhere', (page) => {
    expect(broken(page, read(page))).toEqual([])
  })

  it('the map leads to every page', () => {
    const linked = linksOf('docs/README.md', read('docs/README.md')).map((link) => link.split('#')[0])
    expect(DOCS.filter((page) => page !== 'docs/README.md' && !linked.includes(page))).toEqual([])
  })

  it.each(PAGES.filter((page) => page.startsWith('docs/targets/')))('%s says what it needs, what it proves, a rotation and its traps', (page) => {
    const sections = [...read(page).matchAll(/^## (.+)$/gm)].map(([, title]) => title)
    expect(sections).toEqual(expect.arrayContaining(['What it needs', 'What it proves', 'A rotation', 'Traps']))
  })

  it('are judged: a page that is not there, an anchor that is not there, a way out of the repository', () => {
    expect(broken('docs/x.md', '[a](none.md) [b](state.md#none) [c](../../other) [d](state.md#locks) `[e](none.md)`')).toEqual([
      'docs/none.md',
      'docs/state.md#none',
      '../other',
    ])
  })
})

describe('codes', () => {
  it('each code of the source is explained', () => {
    const told = codesInDocs()
    expect([...codesInSource()].filter((code) => !told.has(code)).toSorted()).toEqual([])
  })

  it('each code explained is in the source', () => {
    const known = codesInSource()
    expect([...codesInDocs()].filter((code) => !known.has(code)).toSorted()).toEqual([])
  })

  it('are found: in plain text and made from words', () => {
    for (const code of ['KR_DRIFT', 'KR_CONFIG_UNSEEN', 'KR_TARGETS_DISAGREE', 'KR_HTTP_CUT_OFF', 'KR_OPENAI_RATE_LIMITED'])
      expect(codesInSource()).toContain(code)
  })
})

describe('findings', () => {
  it('the page is what the table says', () => {
    expect(read('docs/findings.md'), 'run: npm run generate').toBe(findingsPage())
  })
})

describe('commands and flags', () => {
  it('the page is what the commands say', async () => {
    expect(read('docs/commands.md'), 'run: npm run generate').toBe(commandsPage(await loadCommands()))
  })

  it('every flag and argument is described, every shared flag has an environment form', async () => {
    const commands = await loadCommands()
    expect(commands.length).toBeGreaterThan(10)
    const bare = commands.flatMap(({ name, args, own, shared }) => {
      const undescribed = Object.entries({ ...args, ...own, ...shared }).filter(([, words]) => (words.description ?? '') === '')
      const deaf = Object.entries(shared).filter(([, flag]) => !(flag.env ?? '').startsWith('KEYROT_'))
      return [...undescribed, ...deaf].map(([flag]) => `${name} ${flag}`)
    })
    expect(bare).toEqual([])
  })

  it('the page of JSON tells of every command and of every type of event', async () => {
    const page = read('docs/json-output.md')
    const headings = (page.match(/^#{2,3} .+$/gm) ?? []).join('\n')
    const untold = (await loadCommands()).map(({ name }) => name).filter((name) => !headings.includes(`\`${name}\``))
    const union = /type EventType =([^]+?)\n\n/.exec(read('src/domain/events.ts'))?.[1] ?? ''
    const types = [...union.matchAll(/'([a-z.-]+)'/g)].map(([, type = '']) => type)
    expect(types).toContain('run.started')
    expect([...untold, ...types.filter((type) => !page.includes(`\`${type}\``))]).toEqual([])
  })

  it('every command has a summary of its own', async () => {
    const summaries = (await loadCommands()).map(({ summary }) => summary)
    expect(summaries).not.toContain('')
    expect(new Set(summaries).size).toBe(summaries.length)
  })
})

describe('what is said of the defaults and the set-up', () => {
  it.each(['docs/concepts.md', 'docs/configuration.md'])('%s tells the default of every policy', (page) => {
    const told = Object.fromEntries(
      [...read(page).matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(([, key = '', value = '']) => [key, parseDuration(value) ?? value]),
    )
    expect(told).toMatchObject(DEFAULT_POLICY)
  })

  it('the README sets up with two lines that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
    for (const script of ['demo', 'test']) {
      expect(read('README.md')).toContain(`npm ci && npm run ${script}`.replace('run test', 'test'))
      expect(scripts).toHaveProperty(script)
    }
  })

  it('every script of package.json that a person would call is in CONTRIBUTING.md', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
    const text = read('CONTRIBUTING.md')
    expect(
      Object.keys(scripts).filter((name) => ![`\`npm ${name}\``, `\`npm run ${name}\``, `\`npm run ${name} `].some((said) => text.includes(said))),
    ).toEqual([])
  })

  it.each(['docs/configuration.md', 'rotation.config.example.yaml'])('%s tells every block of a config', (place) => {
    const { properties } = JSON.parse(read('rotation.schema.json')) as { readonly properties: Readonly<Record<string, unknown>> }
    const text = read(place)
    expect(Object.keys(properties).filter((key) => key !== '$schema' && !new RegExp(`^${key}:|^\\|.*\`${key}\``, 'm').test(text))).toEqual([])
  })

  it('CONTRIBUTING.md shows the whole house', () => {
    const shown = [...read('CONTRIBUTING.md').matchAll(/`src\/([a-z]+)`/g)].map(([, folder]) => folder)
    expect(Object.keys(TABLE).filter((folder) => !shown.includes(folder))).toEqual([])
  })

  it('no page names a machine path', () => {
    expect(PAGES.filter((page) => /(?:^|[\s`'"(])\/(?:home|root|Users|work)\//m.test(read(page))).map((page) => relative('.', page))).toEqual([])
  })
})
