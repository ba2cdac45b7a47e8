/** The forms of output for programs: SARIF and annotations, under hostile names. */
import { describe, expect, it } from 'vitest'
import { hitOf, type Hit, type ScanReport } from '../../../src/domain/hit.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { githubLines } from '../../../src/ui/github.ts'
import { scanJson } from '../../../src/ui/json.ts'
import { sarifOf } from '../../../src/ui/sarif.ts'
import { scanLines } from '../../../src/ui/text/scan.ts'
import { CONTROL } from '../../cli/support/cli.ts'
import { FAKE_KEY } from './fake.ts'

const HOSTILE = [
  '::error file=x::owned',
  'a\n::set-output name=x::owned',
  'a\r::stop-commands::x',
  'a%0A::error::owned',
  'a,line=1::owned',
  '##[error]owned',
  'a\u001b[31mred',
  'a\u202ereversed',
  `dir/${FAKE_KEY}`,
  'lone \ud800 surrogate',
]

function hit(path: string, more: Partial<Parameters<typeof hitOf>[0]> = {}): Hit {
  return hitOf({
    rule: 'openai-project-key',
    severity: 'error',
    at: { path, line: 3, column: 5 },
    what: 'an OpenAI project key',
    key: new Secret(FAKE_KEY),
    ...more,
  })
}

const report = (...hits: readonly Hit[]): ScanReport => ({ hits, skipped: [{ path: 'big\n::error::x', why: 'too-large' }], pieces: 2, bytes: 10 })

const hostile = HOSTILE.flatMap((name) => [
  hit(name),
  hit('a', { at: { path: 'a', line: 1, column: 1, commit: 'c0ffee', author: name, when: 0, inside: [name] }, what: name }),
  hit('a', { allowed: name }),
  hit('a', { managed: { credential: name, slots: [name], state: 'live' }, verdict: { is: 'cannot-tell', why: name } }),
])

describe('annotations of GitHub', () => {
  it('say file, place, rule and what it is', () => {
    expect(githubLines([hit('src/a.ts'), hit('b', { severity: 'warning' }), hit('c', { severity: 'info', allowed: 'x' })])).toEqual([
      `::error file=src/a.ts,line=3,col=5,title=keyrot%3A openai-project-key::an OpenAI project key ${new Secret(FAKE_KEY).fingerprint}`,
      `::warning file=b,line=3,col=5,title=keyrot%3A openai-project-key::an OpenAI project key ${new Secret(FAKE_KEY).fingerprint}`,
    ])
  })

  it.each(HOSTILE)('take no command from %j', (name) => {
    for (const line of githubLines(hostile.filter(({ at, what }) => at.path === name || what === name))) {
      expect(line).not.toMatch(/[\r\n]/)
      expect(line).not.toMatch(CONTROL)
      // One command, and its own: as the runner cuts it (ActionCommand.cs), up to the first `::` behind the properties.
      const [, properties = ''] = /^::(?:error|warning|notice) (.*?)::/.exec(line) ?? []
      expect(properties.split(',').map((pair) => pair.split('=')[0])).toEqual(['file', 'line', 'col', 'title'])
      expect(line).not.toContain('##[')
    }
  })
})

describe('SARIF', () => {
  interface Sarif {
    readonly version: string
    readonly $schema: string
    readonly runs: readonly {
      readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly { readonly id: string }[] } }
      readonly results: readonly {
        readonly ruleId: string
        readonly ruleIndex: number
        readonly level: string
        readonly message: { readonly text: string }
        readonly locations: readonly {
          readonly physicalLocation: { readonly artifactLocation: { readonly uri: string }; readonly region: Record<string, number> }
        }[]
        readonly partialFingerprints: Record<string, string>
        readonly suppressions: readonly { readonly kind: string }[]
      }[]
    }[]
  }

  const log = (...hits: readonly Hit[]): Sarif => JSON.parse(JSON.stringify(sarifOf(report(...hits), '1.2.3'))) as Sarif

  it('has what the schema of 2.1.0 asks for', () => {
    const { version, $schema, runs } = log(hit('a b/ü.ts'), hit('b', { severity: 'info', rule: 'other', allowed: 'sample' }), ...hostile)
    expect([version, $schema]).toEqual(['2.1.0', 'https://json.schemastore.org/sarif-2.1.0.json'])
    expect(runs).toHaveLength(1)
    const { tool, results } = runs[0] ?? { tool: null, results: [] }
    expect(tool?.driver.name).toBe('keyrot')
    expect(new Set(tool?.driver.rules.map(({ id }) => id)).size).toBe(tool?.driver.rules.length)
    expect(results).toHaveLength(2 + hostile.length)
    for (const result of results) {
      expect(['none', 'note', 'warning', 'error']).toContain(result.level)
      expect(tool?.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId)
      expect(result.message.text).not.toBe('')
      expect(Object.values(result.partialFingerprints).every((value) => /^[0-9a-f]{32}$/.test(value))).toBe(true)
      const place = result.locations[0]?.physicalLocation
      expect(place?.artifactLocation.uri).toMatch(/^(?:[\w.!~*'()%/-])+$/)
      expect(new URL(place?.artifactLocation.uri ?? '', 'file:///root/').href).toMatch(/^file:\/\/\/root\//)
      expect(Object.values(place?.region ?? {}).every((count) => Number.isInteger(count) && count >= 1)).toBe(true)
      expect(result.suppressions.every(({ kind }) => kind === 'inSource' || kind === 'external')).toBe(true)
    }
    expect(results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe('a%20b/%C3%BC.ts')
  })

  it('knows a finding again when its line moved, and tells two apart', () => {
    const identity = (made: Hit): unknown => log(made).runs[0]?.results[0]?.partialFingerprints
    expect(identity(hit('a', { at: { path: 'a', line: 99, column: 1 } }))).toEqual(identity(hit('a')))
    expect(identity(hit('b'))).not.toEqual(identity(hit('a')))
    expect(identity(hit('a', { key: new Secret('other') }))).not.toEqual(identity(hit('a')))
  })
})

describe('every form', () => {
  it('never holds a key, and what people read no control character', () => {
    const all = report(...hostile)
    const people = [...scanLines(all, 80), ...githubLines(all.hits)].join('\n')
    expect(people).not.toMatch(CONTROL)
    expect(people.split('\n').filter((line) => /^\s*(?:::(?!error )|##\[)/.test(line))).toEqual([])
    const forms = { people, json: JSON.stringify(scanJson(all)), sarif: JSON.stringify(sarifOf(all, '1')) }
    expect(Object.entries(forms).flatMap(([form, text]) => (text.includes(FAKE_KEY) ? [form] : []))).toEqual([])
  })

  it('sums up', () => {
    expect(scanLines({ ...report(), skipped: [] }, 80)).toEqual(['nothing found; looked through 2 texts'])
    expect(scanLines(report(hit('a'), hit('b', { allowed: 'sample' })), 200).at(-1)).toBe('1 error, 1 accepted; looked through 2 texts, 1 not')
    expect(scanLines(report(hit('a', { managed: { credential: 'prod', slots: ['web current'], state: 'live' } })), 200)).toContain(
      '  it is in use: keyrot incident prod',
    )
  })
})
