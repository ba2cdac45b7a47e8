/** No command loads an SDK, a prompt or a live view that it does not use: what loads is most of what a start costs. */
import { readdirSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeProject, type Project } from './support/cli.ts'
import { loadsOf, type Loads } from './support/loads.ts'

const SRC = join(import.meta.dirname, '../../src')
const SDKS = ['openai', '@aws-sdk/client-secrets-manager', '@aws-sdk/credential-providers', '@smithy/core', '@kubernetes/client-node']

let made: Project

beforeAll(async () => {
  made = await makeProject()
  const config = await readFile(join(made.folder, 'rotation.config.yaml'), 'utf8')
  await writeFile(join(made.folder, 'bare.yaml'), config.replace(/, adminKey: '[^']+'/, ''))
})

afterAll(() => made.close())

const loads = (args: readonly string[]): Promise<Loads> => loadsOf(args, made.folder, made.env)

describe('what a command loads', () => {
  it('--version: nothing', async () => {
    const { packages, own } = await loads(['--version'])
    expect([...packages, ...own]).toEqual([])
  })

  it.each([[['--help']], [['rotate', '--help']], [['autocomplete', '--help']]])('%j: no SDK, no view, no prompt, no parser of configs', async (args) => {
    const { packages, own } = await loads(args)
    for (const name of [...SDKS, 'listr2', 'inquirer', 'zod', 'yaml']) expect(packages).not.toContain(name)
    expect([...own].filter((path) => path.startsWith('commands/'))).toEqual([])
  })

  it('sandbox: the embedded cloud, and nothing that reads a config', async () => {
    const { packages, own } = await loads(['sandbox', '--fault', 'nonsense'])
    expect([...own].filter((path) => path.startsWith('sandbox/'))).not.toEqual([])
    for (const name of [...SDKS, 'listr2', 'inquirer', 'zod', 'yaml']) expect(packages).not.toContain(name)
  })

  it.each([[['runs']], [['status', '--config', 'none.yaml']]])('%j: no SDK, no view, no prompt', async (args) => {
    const { packages } = await loads(args)
    for (const name of [...SDKS, 'listr2', 'inquirer']) expect(packages).not.toContain(name)
  })

  it.each([[['status']], [['check']], [['plan']]])('%j in a pipe: no view, no prompt', async (args) => {
    const { packages, own } = await loads(args)
    expect(packages).toContain('zod')
    for (const name of ['listr2', 'inquirer', '@inquirer/core']) expect(packages).not.toContain(name)
    expect([...own].filter((path) => path.startsWith('commands/'))).toEqual([`commands/${args[0]}.ts`])
  })

  it('status of a .env without an admin key asks nobody: no SDK, none of the HTTP of Node', async () => {
    const { packages, own, builtins } = await loads(['status', '--config', 'bare.yaml'])
    expect(packages).toContain('zod')
    expect(own).toContain('adapters/targets/dotenv.ts')
    expect([...own].filter((path) => /^adapters\/.+-(?:target|admin)\.ts$/.test(path))).toEqual([])
    for (const name of SDKS) expect(packages).not.toContain(name)
    for (const name of ['node:http', 'node:https', 'node:tls', 'node:zlib', 'node:internal/deps/undici/undici']) expect(builtins).not.toContain(name)
  })

  it('status with an admin key: the SDK of OpenAI alone', async () => {
    const { packages, own, builtins } = await loads(['status'])
    expect(SDKS.filter((name) => packages.has(name))).toEqual(['openai'])
    expect(own).toContain('adapters/providers/openai-admin.ts')
    expect(builtins).toContain('node:http')
  })
})

describe('the source', () => {
  it('takes of oclif what it needs: its root loads all of it', () => {
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
    const rooted = /from '@oclif\/core'/
    expect(files.filter((path) => rooted.test(readFileSync(join(SRC, path), 'utf8')))).toEqual([])
    expect(rooted.test("import { Flags } from '@oclif/core'")).toBe(true)
  })
})
