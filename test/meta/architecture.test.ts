import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { breaches, importsOf, TABLE } from './law.ts'

const root = join(import.meta.dirname, '../..')

function files(folder: string): readonly { path: string; text: string }[] {
  if (!existsSync(join(root, folder))) return []
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  return names.map((name) => ({ path: name.replaceAll('\\', '/'), text: readFileSync(join(root, folder, name), 'utf8') }))
}

describe('the house', () => {
  it('holds the import table and keeps its words where they belong', () => {
    const source = files('src')
    expect(source.length).toBeGreaterThan(40)
    expect(source.flatMap(({ path, text }) => importsOf(text).map(() => path)).length).toBeGreaterThan(200)
    expect(source.flatMap(({ path, text }) => breaches(path, text))).toEqual([])
  })

  it('has no folder that the table does not know', () => {
    const folders = new Set(files('src').map(({ path }) => path.split('/')[0]))
    expect([...folders].filter((folder) => TABLE[folder ?? ''] === undefined)).toEqual([])
  })

  it('names files in kebab-case and none of its parts manager, helper, util or service', () => {
    // The vendor's product is called that.
    const own = (path: string): string => path.replaceAll('aws-secrets-manager', 'aws')
    const odd = files('src').filter(({ path }) => !/^(?:[a-z0-9-]+\/)+[a-z0-9-]+\.ts$/.test(path) || /(?:manager|helper|util|service)s?[./-]/.test(own(path)))
    expect(odd.map(({ path }) => path)).toEqual([])
  })

  it('tests real things: nothing mocks a module, nothing runs alone', () => {
    const tricks = new RegExp(['vi\\.', 'mock\\(|vi\\.', 'doMock\\(|\\.', 'only\\('].join(''))
    expect(
      files('test')
        .filter(({ text }) => tricks.test(text))
        .map(({ path }) => path),
    ).toEqual([])
    expect(tricks.test(['vi.', "mock('node:fs')"].join(''))).toBe(true)
  })
})

describe('the law, broken on purpose', () => {
  it.each([
    ['domain/secret.ts', "import { readFileSync } from 'node:fs'"],
    ['domain/secret.ts', "import type { Clock } from '../ports/system.ts'"],
    ['domain/secret.ts', "import { z } from 'zod'"],
    ['ports/target.ts', "import type { OpenAI } from 'openai'"],
    ['ports/target.ts', "import type { x } from '../flow/step.ts'"],
    ['flow/mint.ts', "import {\n  a,\n  b,\n} from '../adapters/http/http.ts'"],
    ['flow/mint.ts', "import { x } from '../engine/engine.ts'"],
    ['flow/mint.ts', "export { x } from '../ui/view.ts'"],
    ['flow/mint.ts', "import { createHash } from 'node:crypto'"],
    ['flow/mint.ts', "const x: import('../cli/compose.ts').X = 1"],
    ['engine/runs.ts', "await import('../adapters/catalog.ts')"],
    ['engine/runs.ts', "import '../cli/main.ts'"],
    ['engine/runs.ts', "import { Command } from '@oclif/core'"],
    ['audit/status.ts', "import { x } from '../state/files.ts'"],
    ['config/load.ts', "import { readFile } from 'node:fs/promises'"],
    ['config/load.ts', "import { openai } from '../adapters/providers/openai.ts'"],
    ['config/load.ts', "import { x } from '../engine/runs.ts'"],
    ['state/files.ts', "import { x } from '../engine/runs.ts'"],
    ['state/files.ts', "import { parse } from 'yaml'"],
    ['schedule/cron.ts', "import { join } from 'node:path'"],
    ['schedule/cron.ts', "import type { LoadedConfig } from '../config/model.ts'"],
    ['adapters/providers/openai.ts', "import OpenAI from 'openai'"],
    ['adapters/providers/openai.ts', "import { dotenv } from '../targets/dotenv.ts'"],
    ['adapters/targets/vercel.ts', "import { x } from './dotenv-file.ts'"],
    ['adapters/targets/dotenv.ts', "import { x } from '../../config/load.ts'"],
    ['adapters/states/kubernetes.ts', "import { x } from '../targets/vercel-api.ts'"],
    ['adapters/states/kubernetes.ts', "import { KubeConfig } from '@kubernetes/client-node'"],
    ['adapters/states/kubernetes.ts', "import { x } from '../../state/codec.ts'"],
    ['adapters/http/http.ts', "import { x } from '../providers/openai.ts'"],
    ['sandbox/server.ts', "import { x } from '../adapters/http/http.ts'"],
    ['sandbox/server.ts', "import { Secret } from '../domain/secret.ts'"],
    ['ui/view.ts', "import { x } from '../engine/runs.ts'"],
    ['ui/view.ts', "import { z } from 'zod'"],
    ['cli/compose.ts', "import { x } from '../commands/rotate.ts'"],
    ['basement/x.ts', "import { x } from '../domain/secret.ts'"],
    ['flow/drain.ts', 'const now = Date.now()'],
    ['engine/engine.ts', 'const now = new Date()'],
    ['domain/plan.ts', 'const id = Math.random()'],
    ['audit/audit.ts', 'process.exit(1)'],
    ['flow/step.ts', 'setTimeout(next, 1)'],
    ['flow/step.ts', "await fetch('https://x.example')"],
    ['adapters/http/http.ts', 'const proxy = process.env.HTTPS_PROXY'],
    ['flow/step.ts', "console.log('x')"],
    ['adapters/http/http.ts', 'console.error(error)'],
    ['ui/view.ts', 'print(key.reveal())'],
    ['flow/step.ts', 'print(key.reveal())'],
    ['cli/main.ts', "require('x')"],
    ['state/files.ts', 'let cache = new Map()'],
    ['state/files.ts', '  // @ts-ignore'],
  ])('%s may not say: %s', (path, planted) => {
    expect(
      breaches(path, `/** A file. */\nimport type { Ms } from '${'../'.repeat(path.split('/').length - 1)}domain/duration.ts'\n`).filter(
        (line) => !/sandbox|basement/.test(line),
      ),
    ).toEqual([])
    expect(breaches(path, `/** A file. */\n${planted}\n`)).toHaveLength(1)
  })

  it.each([
    ['adapters/providers/openai.ts', "const { OpenAI } = await import('openai')\nimport type { OpenAI } from 'openai'\nimport { x } from './openai-admin.ts'"],
    ['adapters/catalog.ts', "import { dotenv } from './targets/dotenv.ts'"],
    ['adapters/states/kubernetes.ts', "import { openCluster } from '../targets/kubernetes-api.ts'"],
    ['flow/drain.ts', '/** Never Date.now() here, nor process.env. */\nconst shown = new Date(at).toISOString() // console.log is not ours'],
    ['domain/secret.ts', 'reveal(): string {'],
    ['cli/compose.ts', 'const env = process.env.HOME; const now = Date.now()'],
    ['engine/engine.ts', "const url = 'https://x.example' // the rest is words"],
  ])('%s may say: %s', (path, text) => {
    expect(breaches(path, text)).toEqual([])
  })
})
