/** The environment that SDKs and their children see: without keys and without switches that print them. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KEY_LIKE, keyrot, makeProject, type Project } from './support/cli.ts'

let made: Project
const PRELOAD = new URL('./support/dump-environment.mjs', import.meta.url).href

beforeAll(async () => {
  made = await makeProject()
})

afterAll(() => made.close())

async function environmentAfter(args: readonly string[]): Promise<Record<string, string>> {
  const file = join(made.folder, 'environment.json')
  const noisy = { DEBUG: '*', OPENAI_LOG: 'debug', CLI_FLAGS_DEBUG: '1' }
  const ran = await keyrot(args, { cwd: made.folder, env: { ...made.env, ...noisy, NODE_OPTIONS: `--import=${PRELOAD}`, KEYROT_TEST_ENVIRONMENT: file } })
  expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, string>
}

describe('the environment', () => {
  it.each([[['check']], [['status']], [['plan']], [['rotate']]])('after %j holds no key and no debug switch', async (args) => {
    const environment = await environmentAfter(args)
    expect(environment['OPENAI_BASE_URL']).toBe(made.cloud.urls.openai)
    expect(Object.values(environment).join('\n')).not.toMatch(KEY_LIKE)
    for (const name of ['DEBUG', 'OPENAI_LOG', 'CLI_FLAGS_DEBUG', 'OPENAI_API_KEY', 'OPENAI_ADMIN_KEY']) expect(environment).not.toHaveProperty(name)
  })

  it('is seen as it is: a command that reads no secret leaves the key where it was', async () => {
    expect((await environmentAfter(['runs']))['OPENAI_ADMIN_KEY']).toMatch(KEY_LIKE)
  })

  it('prints nothing that a library says on the console', async () => {
    const library = new URL('./support/loud-library.mjs', import.meta.url).href
    const { code, stdout, stderr } = await keyrot(['status', '--help'], { env: { NODE_OPTIONS: `--import=${library}` } })
    expect(code).toBe(0)
    expect(stdout + stderr).not.toContain('foreign words')
  })
})
