import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { configFiles } from '../../../src/cli/outside/config-files.ts'
import { loadConfig, type LoadedConfig } from '../../../src/config/load.ts'
import { ConfigError } from '../../../src/config/problems.ts'
import { exitCodeOf } from '../../../src/domain/errors.ts'
import { but, CANARY, GOOD, judge, toys } from './playground.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'keyrot-config-')))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function load(name: string): Promise<{ error: ConfigError | null; config: LoadedConfig | null }> {
  const before = readdirSync(folder)
  try {
    return { error: null, config: await loadConfig(join(folder, name), { files: configFiles, catalog: toys }) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { error, config: null }
  } finally {
    expect(readdirSync(folder)).toEqual(before)
  }
}

async function refusal(content: string | Uint8Array, name = 'rotation.config.yaml'): Promise<readonly string[]> {
  writeFileSync(join(folder, name), content)
  const { error } = await load(name)
  expect(error?.kind).toBe('config')
  expect(exitCodeOf(error?.kind ?? 'bug')).toBe(3)
  expect(error?.code).toBe('KR_CONFIG_INVALID')
  return error?.problems.map(({ code }) => code.replace('KR_CONFIG_', '')) ?? []
}

/** Doubles `levels` times: 2^levels parts from a few lines. */
function bomb(levels: number): string {
  const lines = Array.from({ length: levels }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`)
  return `a0: &a0 [1]\n${lines.join('\n')}\n${GOOD}`
}

describe('a hostile file', () => {
  it.each([
    ['an alias bomb', bomb(30), 'TOO_MUCH'],
    ['an alias within its own anchor', `${GOOD}policy: &p {overlap: *p}\n`, 'TOO_MUCH'],
    ['two hundred aliases', `x: &x 1\ny: [${'*x, '.repeat(200)}]\n${GOOD}`, 'TOO_MUCH'],
    ['a thousand brackets', '['.repeat(1000), 'SYNTAX'],
    ['thirty closed brackets', `a: ${'['.repeat(30)}${']'.repeat(30)}\n${GOOD}`, 'TOO_MUCH'],
    ['two hundred thousand brackets', '['.repeat(200_000), 'SYNTAX'],
    ['eighty thousand equal keys', 'a:\n'.repeat(80_000), 'TWICE'],
    ['a flood of keys', Array.from({ length: 65_000 }, (_, index) => `k${index}: 1`).join('\n'), 'TOO_MUCH'],
    ['__proto__', but('project: p1', '__proto__: {polluted: 1}, project: p1'), 'KEY'],
    ['__proto__ at the top', `${GOOD}"__proto__": {polluted: 1}\n`, 'KEY'],
    ['constructor', but('prod-api:', 'constructor:'), 'KEY'],
    ['prototype', but('  main:', '  prototype: {}\n  main:'), 'KEY'],
    ['a merge key', but('project: p1', '<<: {a: 1}, project: p1'), 'UNKNOWN_KEY'],
    ['toString as a type', but('type: safe', 'type: toString'), 'TYPE'],
    ['toString as a provider', but('provider: main', 'provider: toString'), 'NO_SUCH_PROVIDER'],
    ['a tag', but('abcd1234', '!!str abcd1234'), 'TAG'],
    ['a tag of its own', but('[web, safe]', '!!js/function [web, safe]'), 'TAG'],
    ['a tagged key', but('project:', '!!str project:'), 'TAG'],
    ['a list as key', but('project: p1', '? [a] : 1, project: p1'), 'KEY'],
    ['a number as key', but('project: p1', '1: 1, project: p1'), 'KEY'],
    ['two documents', `${GOOD}---\n${GOOD}`, 'SYNTAX'],
    ['a directive', `%YAML 1.1\n---\n${GOOD}`, 'SYNTAX'],
    ['a tag directive', `%TAG ! tag:evil.example,2000:\n---\n${GOOD}`, 'SYNTAX'],
    ['a key twice', but('ns:', 'ns: wxyz9876\nns:'), 'TWICE'],
    ['a key twice, once in quotes', but('project: p1', 'project: p1, "project": p2'), 'TWICE'],
    ['nothing', '', 'EMPTY'],
    ['a comment only', '# nothing\n', 'EMPTY'],
    ['a list', '- a\n', 'SHAPE'],
    ['a word', 'hello', 'SHAPE'],
    ['terminal colours in a key', but('project:', '"\\e[31mproject":'), 'UNSEEN'],
    ['a raw escape', but('project:', `${String.fromCharCode(27)}[2Jproject:`), 'UNSEEN'],
    ['a bidirectional override', but('p1', 'p\u202e1'), 'UNSEEN'],
    ['a bidirectional override in a comment', `# admin \u2066 check\n${GOOD}`, 'UNSEEN'],
    ['a zero-width character in a name', but('prod-api:', 'prod\u200b-api:'), 'UNSEEN'],
    ['an escaped line break', but('label: one', 'label: "a\\r::error::b"'), 'UNSEEN'],
    ['a NUL', but('p1', 'p\u00001'), 'UNSEEN'],
  ])('%s', async (_, content, wanted) => {
    expect(await refusal(content)).toContain(wanted)
    expect(Object.prototype).not.toHaveProperty('polluted')
  })

  it('of 2,100 KiB is refused unread, one of just under 2 MiB is read', async () => {
    expect(await refusal(`${GOOD}#${'x'.repeat(2_100 * 1024)}\n`)).toEqual(['TOO_LARGE'])
    writeFileSync(join(folder, 'c.yaml'), `${GOOD}#${'x'.repeat(2_047 * 1024)}\n`)
    expect((await load('c.yaml')).error).toBeNull()
  })

  it('that is nested deeper than a stack is refused, whoever notices first', async () => {
    for (const depth of [1000, 100_000]) {
      const [code] = await refusal(`a: ${'['.repeat(depth)}${']'.repeat(depth)}`)
      expect(['TOO_MUCH', 'SYNTAX']).toContain(code)
    }
  })

  it('that is binary is refused in one sentence', async () => {
    expect(await refusal(Uint8Array.from({ length: 4096 }, (_, index) => (index * 37) % 256))).toEqual(['NOT_TEXT'])
    expect(await refusal(Buffer.from(GOOD, 'utf16le'))).toContain('UNSEEN')
  })

  it('that is no file: missing, a folder, a pipe, a device', async () => {
    expect((await load('absent.yaml')).error?.problems[0]).toMatchObject({ code: 'KR_CONFIG_UNREADABLE', hint: expect.stringContaining('keyrot init') })
    mkdirSync(join(folder, 'dir'))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    symlinkSync('/dev/zero', join(folder, 'zero'))
    for (const name of ['dir', 'pipe', 'zero']) expect((await load(name)).error?.problems[0]?.message).toBe('this is not a regular file')
  })

  it('that the system will not open', async () => {
    expect((await load(`${'x'.repeat(300)}.yaml`)).error?.problems[0]?.message).toBe('this file may not be read')
  })

  it('that is a link: inside its folder fine (mounted configs are), out of it refused', async () => {
    mkdirSync(join(folder, '..data'))
    writeFileSync(join(folder, '..data', 'c.yaml'), GOOD)
    symlinkSync(join('..data', 'c.yaml'), join(folder, 'rotation.config.yaml'))
    expect((await load('rotation.config.yaml')).config?.root).toBe(folder)
    mkdirSync(join(folder, 'project'))
    symlinkSync(join('..', '..data', 'c.yaml'), join(folder, 'project', 'c.yaml'))
    expect((await load(join('project', 'c.yaml'))).error?.problems.map(({ code }) => code)).toEqual(['KR_CONFIG_LINK'])
  })

  it('with a hostile name is named harmlessly', async () => {
    const name = `::error::${String.fromCharCode(27)}[31m\u202e.yaml`
    writeFileSync(join(folder, name), 'version: 2')
    const { error } = await load(name)
    const shown = `${error?.message}${error?.where}${error?.hints.join('')}`
    // oxlint-disable-next-line no-control-regex -- the point of the test
    expect(shown).not.toMatch(/[\u0000-\u001f\u202e]/)
    expect(shown).toContain('.yaml')
  })
})

const scalar = fc.oneof(
  fc.constantFrom(
    '1',
    '-0',
    '.nan',
    '.inf',
    '1e999',
    '0x1F',
    'null',
    '~',
    'true',
    '""',
    "'x'",
    'main',
    'web',
    'mint-house',
    'drawer',
    'env:A',
    'env:',
    'file:',
    'file:/etc/passwd',
    'file:../x',
    '90d',
    'none',
    '*x',
    '&x y',
    '!!binary aGk=',
    '!x y',
    '|',
    '>',
    '<<',
    '"\\u202e"',
    '"\\e[31m"',
    '::error::x',
    CANARY,
    `"${CANARY}"`,
    `env:${CANARY}`,
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text)),
)
const key = fc.oneof(
  fc.constantFrom(
    'version',
    'ns',
    'policy',
    'providers',
    'targets',
    'credentials',
    'type',
    'project',
    'adminKey',
    'provider',
    'wave',
    'overlap',
    'lifetime',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '<<',
    '? x',
    '"a\\nb"',
    CANARY,
  ),
  fc.string({ maxLength: 6 }).map((text) => JSON.stringify(text)),
)
/** Texts that resemble a config: its own pieces and a vandal's, in flow and block form. */
const vandal = fc.letrec<{ node: string; map: string; list: string }>((tie) => ({
  node: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('map'), tie('list')),
  map: fc.array(fc.tuple(key, tie('node')), { maxLength: 5 }).map((pairs) => `{${pairs.map(([name, value]) => `${name}: ${value}`).join(', ')}}`),
  list: fc.array(tie('node'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
}))
const top = fc.array(fc.tuple(key, vandal.node), { maxLength: 7 }).map((pairs) => pairs.map(([name, value]) => `${name}: ${value}\n`).join(''))
const damaged = fc
  .tuple(fc.nat(GOOD.length), fc.nat(20), fc.oneof(scalar, fc.constantFrom('\n', '  ', '\t', '---\n', '- ', '{', '[', ': ', '#', '%')))
  .map(([at, cut, text]) => GOOD.slice(0, at) + text + GOOD.slice(at + cut))

describe('any text at all', () => {
  it('gives a config or a ConfigError with places and printable words, and no key in either', () => {
    let refused = 0
    fc.assert(
      fc.property(fc.oneof(top, damaged, fc.string({ unit: 'binary', maxLength: 60 })), (text) => {
        const { config, problems, all, lines } = judge(text)
        expect(JSON.stringify(config) ?? '').not.toContain(CANARY)
        expect(all + lines.join('\n')).not.toContain(CANARY.slice(10, 40))
        if (text.includes(CANARY)) expect(config).toBeNull()
        if (config !== null) return
        refused += 1
        expect(problems.length).toBeGreaterThan(0)
        for (const { place } of problems) expect(place.line >= 1 && place.column >= 1).toBe(true)
        // oxlint-disable-next-line no-control-regex -- the point of the test
        for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      }),
      { seed: 41, numRuns: 800 },
    )
    expect(refused).toBeGreaterThan(300)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  }, 60_000)
})
