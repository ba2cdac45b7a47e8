/**
 * Programs that SDKs start on a person's behalf: the exec plugin of a kubeconfig, the credential_process of an AWS profile. Both write
 * down their whole environment and argv. No key that keyrot was given, found or made may be there, in any encoding.
 */
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newKeyValue } from '../../src/sandbox/openai/keys.ts'
import { makeScanner } from '../leak/scanner.ts'
import { aws, kubernetes, type MakePlace } from './places.ts'
import { makeScene, type Scene } from './scene.ts'

/** Variables that the config refers to, that SDKs would read by themselves, and one that is nobody's business: that one stays. */
const GIVEN = {
  SPARE_ADMIN_KEY: newKeyValue('admin'),
  OPENAI_API_KEY: newKeyValue('proj'),
  OPENAI_WEBHOOK_SECRET: newKeyValue('proj'),
}
const UNRELATED = newKeyValue('proj')

/** A program that writes down what it was started with, and prints this. */
function program(folder: string, prints: string): string {
  const dumps = join(folder, 'dumps')
  mkdirSync(dumps)
  writeFileSync(join(folder, 'answer'), prints)
  const lines = ['#!/bin/sh', `env >'${dumps}'/env.$$`, `printf '%s\\n' "$0" "$@" >'${dumps}'/argv.$$`, `cat '${join(folder, 'answer')}'`]
  const path = join(folder, 'plugin')
  writeFileSync(path, `${lines.join('\n')}\n`)
  chmodSync(path, 0o700)
  return path
}

/** The cluster lets in who brings the token that the plugin prints. */
const byPlugin: MakePlace = async (key, folder, clock) => {
  const place = await kubernetes(key, folder, clock)
  return {
    ...place,
    target: async (url) => {
      const line = await place.target(url)
      const path = join(folder, 'kubeconfig')
      const text = readFileSync(path, 'utf8')
      const token = /token: (\S+)/.exec(text)?.[1] ?? ''
      const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }
      const plugin = program(folder, JSON.stringify(credential))
      const exec = [
        'exec:',
        '  apiVersion: client.authentication.k8s.io/v1',
        `  command: ${plugin}`,
        '  args: [get-token, --cluster, web]',
        '  interactiveMode: Never',
      ]
      writeFileSync(path, text.replace(/token: \S+/, exec.join('\n      ')))
      return line
    },
  }
}

/** The credentials come from a program that the profile names. */
const byProcess: MakePlace = async (key, folder, clock) => {
  const place = await aws(key, folder, clock)
  const { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey, ...rest } = place.env('')
  const plugin = program(folder, JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey }))
  mkdirSync(join(folder, '.aws'))
  writeFileSync(join(folder, '.aws', 'config'), `[profile work]\nregion = us-east-1\ncredential_process = ${plugin} --for keyrot\n`)
  return {
    ...place,
    target: async (url) => (await place.target(url)).replace('consumers:', 'profile: work, consumers:'),
    env: (url) => ({ ...rest, AWS_ENDPOINT_URL: url }),
  }
}

/** All that the programs have written down since the last look, one line for each dump. */
function dumpsIn({ folder }: Scene): { readonly env: readonly string[]; readonly argv: readonly string[] } {
  const dumps = join(folder, 'dumps')
  const read = (kind: string): string[] =>
    readdirSync(dumps)
      .filter((name) => name.startsWith(kind))
      .map((name) => readFileSync(join(dumps, name), 'utf8'))
  return { env: read('env'), argv: read('argv') }
}

describe.each([
  ['an exec plugin of a kubeconfig', byPlugin, '--cluster'],
  ['a credential_process of an AWS profile', byProcess, '--for'],
] as const)('%s', (_, place, argument) => {
  it.each([[['check']], [['plan']], [['rotate', 'prod', '--yes']]])('is started by %j, and is given no key', { timeout: 120_000 }, async (args) => {
    const providers = (project: string): readonly string[] => [`spare: { type: openai, project: ${project}, adminKey: 'env:SPARE_ADMIN_KEY', scopes: all }`]
    const scene = await makeScene(place, { providers, env: { ...GIVEN, UNRELATED } })
    try {
      const ran = await scene.keyrot(...args)
      expect([ran.code, ran.code === 0 ? '' : ran.stdout + ran.stderr]).toEqual([0, ''])
      const { env, argv } = dumpsIn(scene)
      expect(env.length).toBeGreaterThan(0)
      expect(argv.every((text) => text.includes(argument))).toBe(true)
      const keys = { ...GIVEN, ...scene.keys() }
      expect(Object.values(keys)).toContain(await scene.place.current())
      // what nobody told keyrot of is inherited, and seen: so would the others be
      expect(env.every((text) => makeScanner({ UNRELATED })(text).some(({ key }) => key === 'UNRELATED'))).toBe(true)
      expect(makeScanner(keys)([...env, ...argv].join('\n').replaceAll(UNRELATED, ''))).toEqual([])
    } finally {
      await scene.close()
    }
  })
})
