/** Two readers of one language: wherever the quick one gives an answer, the thorough one gives the same, and at the same places. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDataMap, type Data } from '../../../src/config/data.ts'
import { readTree } from '../../../src/config/tree.ts'
import { Places, type Path } from '../../../src/config/places.ts'
import { readPlain } from '../../../src/config/plain.ts'
import { Report } from '../../../src/config/report.ts'
import { draftConfig } from '../../../src/cli/init/draft.ts'
import { GOOD } from './playground.ts'

interface Told {
  readonly data: Data
  /** Of each part, by its path: where its value stands, and where its key does. */
  readonly places: readonly (readonly [string, unknown, unknown])[]
}

function told(data: Data | null, places: Places): Told | null {
  if (data === null) return null
  const pathsIn = (part: Data, path: Path): Path[] => [path, ...membersOf(part).flatMap(([step, member]) => pathsIn(member, [...path, step]))]
  return { data, places: pathsIn(data, []).map((path) => [path.join('/'), places.ofValue(path), places.ofKey(path)]) }
}

function membersOf(part: Data): readonly (readonly [string | number, Data])[] {
  if (isDataMap(part)) return Object.entries(part)
  return Array.isArray(part) ? [...(part as readonly Data[]).entries()] : []
}

function quickly(text: string): Told | null {
  const places = new Places(text)
  return told(readPlain(text, places), places)
}

function thoroughly(text: string): Told | null {
  const places = new Places(text)
  const report = new Report(places)
  const data = readTree(text, places, report)
  return report.errors.length > 0 ? null : told(data, places)
}

const example = readFileSync(join(import.meta.dirname, '../../../rotation.config.example.yaml'), 'utf8')
const draft = draftConfig({
  ns: 'abcd1234',
  credential: 'prod-api',
  project: 'proj_1',
  serviceAccount: null,
  adminKey: 'env:OPENAI_ADMIN_KEY',
  scopes: ['api.model.read'],
  targets: [{ name: 'web', path: '.env', variable: 'OPENAI_API_KEY', consumers: 'reread' }],
  others: ['a cluster'],
})

describe('what configs are made of', () => {
  it.each([
    ['the example', example],
    ['what init writes', draft],
    ['brackets', GOOD],
    ['blocks in blocks', 'a:\n  b:\n    - c\n    - d: 1\n      e: [x, "y z"]\n  f: it is # said\ng: "h"\n'],
    ['numbers and words', 'a: [1, -2, +3, 0.5, .5, 1., 1e3, 0x1F, 0o17, ~, null, Null, NULL, true, True, TRUE, false, 1_000, 0b11, 08, nullish, .e, -x]\n'],
    ['text between quotation marks', `a: ['1', "true", 'null', '', "", 'a: b', "# c"]\n`],
    ['lines that end as on Windows', GOOD.replaceAll('\n', '\r\n')],
    ['three dashes before', `---\n${GOOD}`],
  ])('is read quickly, and alike: %s', (_, text) => {
    const quick = quickly(text)
    expect(quick).not.toBeNull()
    expect(quick).toEqual(thoroughly(text))
  })
})

describe('anything else', () => {
  it.each([
    ['an anchor', 'a: &x 1\n'],
    ['an alias', 'a: &x 1\nb: *x\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a tagged map', 'a: !!map {b: 1}\n'],
    ['a directive', '%YAML 1.2\n---\na: 1\n'],
    ['two documents', 'a: 1\n---\nb: 1\n'],
    ['nothing', ''],
    ['a list', '- a\n'],
    ['a block of text', 'a: |\n  b\n'],
    ['an escape', 'a: "b\\n"\n'],
    ['a doubled quotation mark', "a: 'it''s'\n"],
    ['text on two lines', 'a: b\n  c\n'],
    ['no value', 'a:\nb: 1\n'],
    ['a key twice', 'a: 1\n"a": 2\n'],
    ['a number as key', '1: a\n'],
    ['a list as key', '? [a]\n: b\n'],
    ['a key that is never allowed', 'a: {__proto__: 1}\n'],
    ['infinity', 'a: .inf\n'],
    ['what is no number', 'a: -.NaN\n'],
    ['more depth than is allowed', `a: ${'['.repeat(20)}${']'.repeat(20)}\n`],
    ['more parts than are allowed', `a: [${'1, '.repeat(60_000)}]\n`],
    ['three dots', `...\n${GOOD}`],
    ['a tab', 'a:\t1\n'],
    ['a line that ends as on old Macs', 'a: 1\rb: 2\n'],
    ['a bracket too few', 'a: [1\n'],
    ['a wrong indent', 'a:\n    b: 1\n  c: 1\n'],
  ])('is left to the thorough one: %s', (_, text) => {
    expect(quickly(text)).toBeNull()
  })
})

const WORDS = [
  ['a', 'b', 'c-d', 'env:X', 'file:/x', '90d', '1', '-1', '1.5', '0x1', '0o7', '.5', '1e3', '.inf', '~', 'null', 'true', 'no', '-', '?', ':', '-a', '?b'],
  [':c', 'a:', 'a:b', 'a#b', '#c', ' #c', "'q'", '"q"', "'it''s'", '"\\n"', '"q', "q'", '', ' ', 'x y', 'x: y', '&a', '*a', '!t', '|', '>', '%', '@', '`'],
  ['<<', '__proto__', '=', '---', '...', '..', '- a', '[', ']', '{', '}', ','],
]
const word = fc.constantFrom(...WORDS.flat())
const flow = fc.letrec<{ node: string; map: string; list: string }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, word, tie('map'), tie('list')),
  map: fc
    .array(fc.tuple(word, fc.constantFrom(': ', ':', ' : ', ':  ', ':\n  ', ''), tie('node')), { maxLength: 4 })
    .map((members) => `{${members.map((member) => member.join('')).join(', ')}}`),
  list: fc.tuple(fc.constantFrom(', ', ',', ' ,', ',\n '), fc.array(tie('node'), { maxLength: 4 })).map(([comma, items]) => `[${items.join(comma)}]`),
})).node
const line = fc
  .tuple(
    fc.constantFrom('', '', '  ', '    ', ' ', '\t', '  \t'),
    fc.constantFrom('', '- ', '- - ', '-', '? ', ': '),
    fc.oneof(word, flow),
    fc.constantFrom(':', ': ', '', ' :', ':\t'),
    fc.oneof(word, flow, fc.constant('')),
    fc.constantFrom('', '', ' # c', '#c', ' ', '\t'),
  )
  .map((parts) => parts.join(''))
const blocks = fc.tuple(fc.constantFrom('\n', '\n', '\r\n', '\r', '\n\n'), fc.array(line, { maxLength: 6 })).map(([end, lines]) => lines.join(end) + end)
const damaged = fc
  .tuple(
    fc.constantFrom(GOOD, draft),
    fc.nat(1_000),
    fc.nat(12),
    fc.oneof(word, flow, fc.constantFrom('\n', '\n  ', '  ', '\t', '\r', '---\n', '- ', ': ', '#', ' #')),
  )
  .map(([text, at, cut, piece]) => text.slice(0, at) + piece + text.slice(at + cut))
const anything = fc.string({ unit: fc.constantFrom(...Array.from('ab1 \n\t\r:-?#,[]{}\'"&*!|>%.~\\')), maxLength: 24 }).map((text) => `${text}\n`)

describe('any text at all', () => {
  it('is read alike by both, or left to the thorough one', () => {
    let quick = 0
    fc.assert(
      fc.property(
        fc.oneof(
          blocks,
          flow.map((text) => `k: ${text}\n`),
          damaged,
          anything,
        ),
        (text) => {
          const read = quickly(text)
          if (read === null) return
          quick += 1
          expect(read).toEqual(thoroughly(text))
        },
      ),
      { seed: 43, numRuns: 3_000 },
    )
    expect(quick).toBeGreaterThan(300)
  }, 600_000)
})
