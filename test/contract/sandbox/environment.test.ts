import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type SandboxCloud, startCloud } from '../../../src/sandbox/environment.ts'

const clouds: SandboxCloud[] = []
const dirs: string[] = []
afterEach(async () => {
  await Promise.all(clouds.splice(0).map((cloud) => cloud.close()))
  await Promise.all(dirs.splice(0).map((dir) => rm(dir, { recursive: true, force: true })))
})

async function start(): Promise<{ cloud: SandboxCloud; dir: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'keyrot-sandbox-'))
  dirs.push(parent)
  const dir = join(parent, 'cloud')
  const cloud = await startCloud(dir)
  clouds.push(cloud)
  return { cloud, dir }
}

describe('startCloud', () => {
  it('writes a file for its owner only, whose every line works', async () => {
    const { cloud, dir } = await start()
    expect((await stat(cloud.envFile)).mode & 0o777).toBe(0o600)
    expect(await readdir(dir)).toEqual(['sandbox.env'])
    const text = await readFile(cloud.envFile, 'utf8')
    const environment = Object.fromEntries(
      text
        .trimEnd()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    expect(environment).toEqual(cloud.environment)
    const get = (path: string, key = '') => fetch(`${environment['OPENAI_BASE_URL']}${path}`, { headers: { authorization: `Bearer ${key}` } })
    expect((await get('/models', environment['OPENAI_API_KEY'])).status).toBe(200)
    const account = `/organization/projects/${environment['KEYROT_SANDBOX_PROJECT']}/service_accounts/${environment['KEYROT_SANDBOX_SERVICE_ACCOUNT']}`
    expect((await get(account, environment['OPENAI_ADMIN_KEY'])).status).toBe(200)
    expect((await fetch(`${environment['KEYROT_SANDBOX_CONTROL']}/clock`)).status).toBe(200)
  })

  it('replaces the file of an earlier run and takes its own away at the end', async () => {
    const { cloud, dir } = await start()
    const again = await startCloud(dir)
    clouds.push(again)
    expect(await readFile(again.envFile, 'utf8')).toContain(again.urls.openai)
    await again.close()
    await cloud.close()
    expect(await readdir(dir)).toEqual([])
  })

  it('leaves nothing listening when the folder cannot be made', async () => {
    const { dir } = await start()
    await expect(startCloud(join(dir, 'sandbox.env', 'below'))).rejects.toThrow()
  })
})
