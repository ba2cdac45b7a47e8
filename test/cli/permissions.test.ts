/** What `permissions` prints can be handed over as it is, and nothing is asked of anybody for it. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { keyrot } from './support/cli.ts'

const EXAMPLE = fileURLToPath(new URL('../../rotation.config.example.yaml', import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyrot-permissions-'))
  await copyFile(EXAMPLE, join(folder, 'rotation.config.yaml'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

interface Sheet {
  readonly title: string
  readonly format: 'json' | 'yaml' | 'text'
  readonly body: string
}

async function sheets(): Promise<readonly Sheet[]> {
  // No secret of the config is set here: none is read.
  const { code, stdout } = await keyrot(['permissions', '--json'], { cwd: folder })
  expect(code).toBe(0)
  return (JSON.parse(stdout) as { permissions: Sheet[] }).permissions
}

describe('permissions', () => {
  it('gives one policy for AWS: four actions on the secrets of the config, nothing wider', async () => {
    const [policy] = (await sheets()).filter(({ format }) => format === 'json')
    const { Statement } = JSON.parse(policy?.body ?? '') as { Statement: { Action: string[]; Resource: string | string[] }[] }
    const actions = Statement.flatMap(({ Action }) => Action)
    expect(new Set(actions)).toEqual(
      new Set(['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map((name) => `secretsmanager:${name}`)),
    )
    for (const resource of Statement.flatMap(({ Resource }) => Resource))
      expect(resource).toMatch(/^arn:aws:secretsmanager:eu-west-1:[^:]*:secret:prod\/app-\?{6}$/)
  })

  it('gives roles for Kubernetes that name every object they can', async () => {
    const [roles] = (await sheets()).filter(({ format }) => format === 'yaml')
    const documents = parseAllDocuments(roles?.body ?? '').map(
      (document) => document.toJS() as { kind: string; rules?: { resources: string[]; verbs: string[]; resourceNames?: string[] }[] },
    )
    expect(documents.map(({ kind }) => kind)).toContain('Role')
    const rules = documents.flatMap((document) => document.rules ?? [])
    for (const { resources, verbs, resourceNames } of rules) {
      if (resources.includes('pods')) expect(verbs).toEqual(['list'])
      else expect(resourceNames?.length, resources.join()).toBeGreaterThan(0)
      expect(verbs).not.toContain('*')
    }
  })

  it('names the scope of each token', async () => {
    const text = (await sheets())
      .filter(({ format }) => format === 'text')
      .map(({ body }) => body)
      .join('\n')
    for (const word of ['proj_example', 'web', '.env']) expect(text).toContain(word)
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  })

  it('keeps the indent of what is indented, for people too', async () => {
    const { stdout } = await keyrot(['permissions'], { cwd: folder, env: { COLUMNS: '40' } })
    for (const { body } of await sheets()) expect(stdout).toContain(body.trimEnd())
  })
})
