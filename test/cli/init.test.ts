/** init without a person: what it finds, writes and refuses. The person's path is a pseudo-terminal suite of its own. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KEY_LIKE, keyrot, makeProject, type Project } from './support/cli.ts'

let made: Project
const config = (): string => join(made.folder, 'mine', 'rotation.config.yaml')

beforeEach(async () => {
  made = await makeProject()
  await mkdir(join(made.folder, 'mine', '.vercel'), { recursive: true })
  await writeFile(join(made.folder, 'mine', '.env.local'), `export OPENAI_KEY=${made.cloud.prepared.keyValue}\nOPENAI_ADMIN_KEY=x\nOPENAI_KEY_FALLBACK=y\n`, {
    mode: 0o600,
  })
  await writeFile(join(made.folder, 'mine', '.vercel', 'project.json'), '{"projectId":"prj_1","projectName":"shop"}')
  await mkdir(join(made.folder, 'mine', '.aws'))
  await writeFile(join(made.folder, 'mine', '.aws', 'config'), '[default]\n[profile staging]\n')
})

afterEach(() => made.close())

function init(...args: string[]): ReturnType<typeof keyrot> {
  return keyrot(['init', ...args], { cwd: join(made.folder, 'mine'), env: made.env })
}

describe('init', () => {
  it('writes a commented config from what it finds, by name and never by value, and ends with check', async () => {
    const ran = await init('--project', made.cloud.prepared.project, '--service-account', made.cloud.prepared.serviceAccount)
    expect(ran.code).toBe(0)
    const text = await readFile(config(), 'utf8')
    expect(text).toContain('path: .env.local')
    expect(text).toContain('variable: OPENAI_KEY\n')
    expect(text).toContain('adminKey: env:OPENAI_ADMIN_KEY')
    expect(text).toContain('#   Vercel project shop')
    expect(text).toContain('#   AWS profile staging')
    expect(text).toMatch(/^ns: [a-z0-9"]{8,10}$/m)
    expect(text).not.toMatch(KEY_LIKE)
    expect(ran.stdout).toMatch(/^proven {8}mine: openai {4}/m)
    expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
    expect((await stat(join(made.folder, 'mine', '.keyrot'))).mode & 0o777).toBe(0o700)
  })

  it('sends back to check where something is missing', async () => {
    const ran = await init('--project', made.cloud.prepared.project, '--target', 'nowhere/.env')
    expect(ran.code).toBe(7)
    expect(ran.stderr).toContain('next: mend what is missing, then: keyrot check')
  })

  it('draws another ns each time', async () => {
    const drawn = new Set<string>()
    for (const name of ['a.yaml', 'b.yaml']) {
      await init('--config', name, '--project', made.cloud.prepared.project)
      drawn.add(/^ns: "?([a-z0-9]{8})"?$/m.exec(await readFile(join(made.folder, 'mine', name), 'utf8'))?.[1] ?? '')
    }
    expect(drawn.size).toBe(2)
  })

  it('leaves an existing config alone', async () => {
    await writeFile(config(), 'mine\n')
    const ran = await init('--project', made.cloud.prepared.project)
    expect(ran.code).toBe(5)
    expect(await readFile(config(), 'utf8')).toBe('mine\n')
  })

  it.each([
    [[], 5, '--project'],
    [['--project', 'nonsense'], 2, 'proj_'],
    [['--project', 'proj_x', '--name', 'No Good'], 2, '--name'],
    [['--project', 'proj_x', '--target', '../outside/.env'], 2, 'nothing was written'],
  ])('writes nothing for %j', async (args, code, words) => {
    const ran = await init(...args)
    expect(ran.code).toBe(code)
    expect(ran.stderr).toContain(words)
    await expect(readFile(config(), 'utf8')).rejects.toThrow('ENOENT')
  })
})
