import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { catalog, providers, states, targets } from '../../src/adapters/catalog.ts'
import { defineTarget } from '../../src/adapters/define.ts'
import { KEY_SHAPES } from '../../src/domain/patterns.ts'
import { configJsonSchema, isReference, settingsJsonSchema, settingsTable, withSettings, type JsonSchema } from '../../src/config/json-schema.ts'

const root = join(import.meta.dirname, '../..')
const kinds = ['providers', 'targets', 'states', 'sinks'] as const

/** Every part an adapter must have, by its one slug; what is absent comes back. */
function missingParts(kind: (typeof kinds)[number], slug: string, exists: (path: string) => boolean): readonly string[] {
  return [`src/adapters/${kind}/${slug}.ts`, `test/contract/${kind}/${slug}.test.ts`, `docs/${kind}/${slug}.md`].filter((path) => !exists(path))
}

/** Names in a folder that stand for an adapter: `openai.ts` does, its part `openai-admin.ts` does not. */
function slugsIn(folder: string, ending: string): readonly string[] {
  const names = readdirSync(join(root, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
  return names.filter((name) => !names.some((other) => other !== name && name.startsWith(`${other}-`)))
}

/** What is wrong with an adapter's settings, all the way down. */
function flaws(schema: JsonSchema, path = ''): readonly string[] {
  const members = Object.entries(schema.properties ?? {})
  return [
    ...(schema.type === 'object' && schema.additionalProperties !== false ? [`${path || 'the settings'}: not strict`] : []),
    ...members.filter(([, member]) => (member.description ?? '') === '').map(([name]) => `${path}${name}: not described`),
    ...members
      .filter(([name, member]) => /(?:key|token|secret|password)$/i.test(name) && !isReference(member) && !refusesKeys(member))
      .map(([name]) => `${path}${name}: takes a value, not a reference`),
    ...members.flatMap(([name, member]) => flaws(member, `${path}${name}.`)),
    ...(schema.items === undefined ? [] : flaws(schema.items, `${path}[].`)),
  ]
}

const OPENAI_KEYS = KEY_SHAPES.filter(({ name }) => name.startsWith('OpenAI')).flatMap(({ matches }) => matches)

/** A setting may be called `key` or `secret` where it names one, and could not take one. */
function refusesKeys({ pattern }: JsonSchema): boolean {
  return pattern !== undefined && OPENAI_KEYS.length > 0 && OPENAI_KEYS.every((key) => !new RegExp(pattern).test(key))
}

describe.each(kinds)('the catalog of %s', (kind) => {
  it.each(catalog[kind].map(({ type }) => type))('%s has its file, its contract test and its page', (slug) => {
    expect(slug).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
    expect(missingParts(kind, slug, (path) => existsSync(join(root, path)))).toEqual([])
  })

  it.each([...catalog[kind]])('$type has strict, described settings that take secrets by reference only', (declaration) => {
    expect(declaration.title).not.toBe('')
    expect(declaration.schema).toBeInstanceOf(z.ZodObject)
    const schema = settingsJsonSchema(declaration)
    expect(Object.keys(schema.properties ?? {})).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(?:type|wave)$/)]))
    expect(flaws(schema)).toEqual([])
  })

  it('has a line for every adapter there is, and a page for nothing else', () => {
    const known = catalog[kind].map(({ type }) => type).toSorted()
    expect(slugsIn(`src/adapters/${kind}`, '.ts').toSorted()).toEqual(known)
    expect(slugsIn(`docs/${kind}`, '.md').filter((slug) => slug !== 'index')).toEqual(known)
  })

  it.each([...catalog[kind]])('$type has a page whose settings table is what the schema says', (declaration) => {
    const page = readFileSync(join(root, `docs/${kind}/${declaration.type}.md`), 'utf8')
    expect(withSettings(page, declaration), 'run: node scripts/generate.ts').toBe(page)
  })
})

describe('the catalog', () => {
  it('names each type once', () => {
    for (const list of [providers, targets, states]) expect(new Set(list.map(({ type }) => type)).size).toBe(list.length)
  })

  it('has its JSON Schema committed', () => {
    const committed = readFileSync(join(root, 'rotation.schema.json'), 'utf8')
    expect(`${JSON.stringify(configJsonSchema(catalog), null, 2)}\n`, 'run: node scripts/generate.ts').toBe(committed)
  })

  it('loads no SDK', () => {
    const script = `
      import { registerHooks } from 'node:module'
      const seen = []
      registerHooks({ resolve: (name, context, next) => { const found = next(name, context); seen.push(found.url); return found } })
      await import(${JSON.stringify(pathToFileURL(join(root, 'src/adapters/catalog.ts')).href)})
      process.stdout.write(JSON.stringify(seen))`
    const seen = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })) as readonly string[]
    const packages = new Set(seen.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []))
    expect(seen.some((url) => url.endsWith('dotenv.ts'))).toBe(true)
    expect([...packages]).toEqual(['zod'])
  })
})

describe('these checks', () => {
  it('see a missing file, test or page', () => {
    expect(missingParts('targets', 'vercel', () => false)).toEqual([
      'src/adapters/targets/vercel.ts',
      'test/contract/targets/vercel.test.ts',
      'docs/targets/vercel.md',
    ])
  })

  it('see loose, undescribed and secret settings', () => {
    const sloppy = defineTarget({
      type: 'sloppy',
      title: 'Sloppy',
      schema: z.object({ apiToken: z.string().describe('x'), deep: z.strictObject({ a: z.string() }).describe('x') }),
      permissions: () => [],
      connect: () => Promise.reject(new Error('never')),
    })
    expect(flaws(settingsJsonSchema(sloppy))).toEqual(['the settings: not strict', 'apiToken: takes a value, not a reference', 'deep.a: not described'])
  })

  it('see a name of a key that could be a key, and let one pass that could not', () => {
    const named = (key: z.ZodString) =>
      defineTarget({
        type: 'named',
        title: 'Named',
        schema: z.strictObject({ key: key.describe('x') }),
        permissions: () => [],
        connect: () => Promise.reject(new Error('never')),
      })
    expect(flaws(settingsJsonSchema(named(z.string().regex(/^[-._A-Za-z0-9]+$/))))).toEqual(['key: takes a value, not a reference'])
    expect(flaws(settingsJsonSchema(named(z.string().regex(/^(?!sk-)[-._A-Za-z0-9]+$/))))).toEqual([])
  })

  it('see a stale table and a page without one', () => {
    const [declaration] = targets
    const page = '# x\n\n<!-- settings:begin -->\nold\n<!-- settings:end -->\n'
    expect(withSettings(page, declaration)).toBe(`# x\n\n<!-- settings:begin -->\n\n${settingsTable(declaration)}\n\n<!-- settings:end -->\n`)
    expect(() => withSettings('# x\n', declaration)).toThrow('has no <!-- settings:begin -->')
  })
})
