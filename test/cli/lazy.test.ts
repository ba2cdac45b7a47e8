/** No command loads an SDK, a prompt or a live view that it does not use. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyrot, makeProject, type Project } from './support/cli.ts'

let made: Project
const PRELOAD = new URL('./support/trace-loads.mjs', import.meta.url).href

beforeAll(async () => {
  made = await makeProject()
})

afterAll(() => made.close())

/** The packages whose modules a command loads. */
async function packagesOf(args: readonly string[]): Promise<Set<string>> {
  const file = join(made.folder, 'loads.txt')
  await rm(file, { force: true })
  await keyrot(args, { cwd: made.folder, env: { ...made.env, NODE_OPTIONS: `--import=${PRELOAD}`, KEYROT_TEST_LOADS: file } })
  const urls = (await readFile(file, 'utf8')).split('\n')
  return new Set(urls.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []))
}

describe('what a command loads', () => {
  it('--version: no package at all', async () => {
    expect([...(await packagesOf(['--version']))]).toEqual([])
  })

  it.each([[['--help']], [['rotate', '--help']], [['autocomplete', '--help']]])('%j: no SDK, no view, no prompt, no parser of configs', async (args) => {
    const loaded = await packagesOf(args)
    for (const name of ['openai', 'listr2', 'inquirer', 'zod', 'yaml']) expect(loaded).not.toContain(name)
  })

  it.each([[['runs']], [['status', '--config', 'none.yaml']], [['sandbox', '--fault', 'nonsense']]])('%j: no SDK, no view, no prompt', async (args) => {
    const loaded = await packagesOf(args)
    for (const name of ['openai', 'listr2', 'inquirer']) expect(loaded).not.toContain(name)
  })

  it.each([[['status']], [['check']], [['plan']]])('%j in a pipe: no view, no prompt', async (args) => {
    const loaded = await packagesOf(args)
    expect(loaded).toContain('zod')
    for (const name of ['listr2', 'inquirer', '@inquirer/core']) expect(loaded).not.toContain(name)
  })

  it('status without an admin key asks nobody: no SDK', async () => {
    const config = await readFile(join(made.folder, 'rotation.config.yaml'), 'utf8')
    await writeFile(join(made.folder, 'bare.yaml'), config.replace(/, adminKey: '[^']+'/, ''))
    const loaded = await packagesOf(['status', '--config', 'bare.yaml'])
    expect(loaded).toContain('zod')
    expect(loaded).not.toContain('openai')
    expect(await packagesOf(['status'])).toContain('openai')
  })
})
