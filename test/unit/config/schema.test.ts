import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { catalog } from '../../../src/adapters/catalog.ts'
import { configJsonSchema, type JsonSchema } from '../../../src/config/json-schema.ts'
import { judgeConfig } from '../../../src/config/load.ts'
import { DEFAULT_POLICY } from '../../../src/domain/policy.ts'
import { but, GOOD, judge, toys } from './playground.ts'

const example = readFileSync(join(import.meta.dirname, '../../../rotation.config.example.yaml'), 'utf8')

function validator(schema: JsonSchema): (text: string) => boolean {
  const validate = new Ajv2020({ strict: false }).compile(schema)
  return (text) => validate(parse(text))
}

/** The names of all keys that a schema knows, blocks of every type included. */
function keysOf(schema: JsonSchema): readonly string[] {
  const parts = [schema.items, schema.additionalProperties, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter((part) => typeof part === 'object')
  return [...Object.entries(schema.properties ?? {}).flatMap(([name, member]) => [name, ...keysOf(member)]), ...parts.flatMap(keysOf)]
}

describe('the example', () => {
  it('is a valid config without warnings, by the loader and by the JSON Schema', () => {
    const config = judgeConfig('rotation.config.example.yaml', example, catalog)
    expect(config.warnings).toEqual([])
    const shown = new Set(config.credentials.flatMap((credential) => credential.targets.map((target) => target.type)))
    expect(shown).toEqual(new Set(catalog.targets.map((target) => target.type)))
    expect(validator(configJsonSchema(catalog))(example)).toBe(true)
  })

  it('shows every key there is, each behind a comment', () => {
    const lines = example.split('\n')
    const keys = new Set(keysOf(configJsonSchema(catalog)).filter((key) => key !== '$schema'))
    expect(keys.size).toBeGreaterThan(25)
    for (const key of keys)
      expect(
        lines.some((line) => new RegExp(`^ *(?:# )?${key}:`).test(line)),
        key,
      ).toBe(true)
    expect(example).toContain('# yaml-language-server: $schema=')
  })

  it('writes the defaults as they are', () => {
    const { credentials } = judgeConfig('x', example.replace(/\n {4}policy:\n {6}maxAge: 60d\n$/, '\n'), catalog)
    expect(credentials[0]?.policy).toEqual(DEFAULT_POLICY)
  })
})

describe('two dotenv targets', () => {
  it.each([
    ['one variable under two spellings', '{type: dotenv, path: ./a/../.env, consumers: manual}', true],
    ['the fallback of the other', '{type: dotenv, path: .env, variable: OPENAI_API_KEY_FALLBACK, fallback: none, consumers: manual}', true],
    ['another variable of one file', '{type: dotenv, path: .env, variable: OTHER, consumers: manual}', false],
    ['another file', '{type: dotenv, path: a/.env, consumers: manual}', false],
  ])('are told apart before anything connects: %s', (_, block, same) => {
    const text = GOOD.replace(
      /providers:[\s\S]*$/,
      `providers: {p: {type: openai, project: proj_x, scopes: all}}
targets: {one: {type: dotenv, path: .env, consumers: manual}, two: ${block}}
credentials: {c: {provider: p, targets: [one, two]}}\n`,
    )
    expect(judge(text, catalog).problems.map(({ code }) => code)).toEqual(same ? ['KR_CONFIG_SAME_PLACE'] : [])
  })
})

describe('the JSON Schema', () => {
  const valid = validator(configJsonSchema(toys))

  it.each([
    ['good', GOOD, true],
    ['with policies', `${GOOD}    policy: {lifetime: none, overlap: 2h}\npolicy: {lifetime: 200d, revoke: auto}\n`, true],
    ['with $schema', `$schema: ./rotation.schema.json\n${GOOD}`, true],
    ['an unknown key', but('ns:', 'nss: 1\nns:'), false],
    ['an unknown setting', but('project: p1', 'project: p1, x: 1'), false],
    ['an unknown nested setting', but('project: p1', 'project: p1, probe: {x: 1}'), false],
    ['an unknown type', but('type: safe', 'type: saef'), false],
    ['a wrong value', but('number: 7', 'number: seven'), false],
    ['a bad wave', but('wave: 2', 'wave: 0'), false],
    ['a bad name', but('prod-api:', 'Prod_API:'), false],
    ['a bad duration', but('provider: main', 'provider: main\n    policy: {overlap: 1 day}'), false],
    ['no targets', but('[web, safe]', '[]'), false],
    ['no ns', but('ns: abcd1234\n', ''), false],
    ['a later version', but('version: 1', 'version: 2'), false],
  ])('agrees with the loader: %s', (_, text, wanted) => {
    expect(valid(text)).toBe(wanted)
    expect(judge(text).config !== null).toBe(wanted)
  })

  it('describes every key', () => {
    const silent = (schema: JsonSchema, path: string): readonly string[] =>
      Object.entries(schema.properties ?? {}).flatMap(([name, member]) => [
        ...(member.description === undefined ? [`${path}.${name}`] : []),
        ...silent(member, `${path}.${name}`),
      ])
    expect(silent(configJsonSchema(catalog), '')).toEqual([])
  })
})
