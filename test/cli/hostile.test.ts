/** Hostile config and hostile server, through the shipped binary: a clear end, the right code, and nothing written. */
import { rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { keyrot, makeProject, type Project, type Ran } from './support/cli.ts'

let made: Project | null = null
afterEach(async () => {
  await made?.close()
  made = null
})

/** No control character but line ends, no bidirectional override, no CI command. */
function expectClean(ran: Ran): void {
  const text = ran.stdout + ran.stderr
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/)
  expect(text).not.toMatch(/^::/m)
}

describe('a hostile config', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from('bcdefgh', (name, at) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[at]}`).join(', ')}]`),
  ]
  const texts: [string, (config: string) => string][] = [
    ['an alias bomb', (config) => `${config}\n${bomb.join('\n')}\n`],
    ['__proto__', (config) => `${config}\n__proto__: {polluted: true}\n`],
    ['an escape sequence', (config) => `${config}\n"\\e[31mred": 1\n`],
    ['3 MiB', (config) => `${config}\n# ${'x'.repeat(3 * 1024 * 1024)}\n`],
    ['a path out of the folder', (config) => config.replace(/path: .*\.env['"]?/, "path: '../../.env'")],
  ]
  it.each(texts)('%s: refused, .env untouched', async (_name, twist) => {
    made = await makeProject()
    const [config, env] = [await made.read('rotation.config.yaml'), await made.read('.env')]
    expect(twist(config)).not.toBe(config)
    await writeFile(join(made.folder, 'rotation.config.yaml'), twist(config))
    const ran = await keyrot(['rotate', '--yes'], { cwd: made.folder, env: made.env })
    expect([3, 5, 7]).toContain(ran.code)
    expect(ran.stderr).not.toBe('')
    expectClean(ran)
    expect(await made.read('.env')).toBe(env)
    expect(made.cloud.sandbox.log.filter((entry) => entry.method !== 'GET')).toEqual([])
  })

  it('a linked .env: refused, its victim untouched', async () => {
    made = await makeProject()
    const env = await made.read('.env')
    await rename(join(made.folder, '.env'), join(made.folder, 'victim'))
    await symlink('victim', join(made.folder, '.env'))
    const ran = await keyrot(['rotate', '--yes'], { cwd: made.folder, env: made.env })
    expect([5, 7]).toContain(ran.code)
    expectClean(ran)
    expect(await made.read('victim')).toBe(env)
  })
})

describe('a hostile server', () => {
  it.each(['redirect', 'huge-body', 'gzip-bomb', 'malformed-json', 'hostile-text'])('%s: fails clean, .env untouched', async (kind) => {
    made = await makeProject({ policy: ['policy:', '  overlap: 1s', '  quiet: 1s', '  verifyWindow: 2s', '  listDelay: 1s', '  revoke: auto'] })
    const env = await made.read('.env')
    made.cloud.sandbox.fault({ kind, times: -1 } as Parameters<typeof made.cloud.sandbox.fault>[0])
    const ran = await keyrot(['rotate', '--yes'], { cwd: made.folder, env: made.env })
    expect([5, 7]).toContain(ran.code)
    expectClean(ran)
    expect(await made.read('.env')).toBe(env)
  })
})
