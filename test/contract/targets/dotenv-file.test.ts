/** The dotenv target on real files: what it keeps, what it refuses, and how it replaces. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sweepTemp } from '../../../src/adapters/targets/dotenv.ts'
import { isMountPoint } from '../../../src/adapters/targets/dotenv-file.ts'
import { writeAll } from '../../../src/adapters/targets/dotenv-replace.ts'
import { Secret } from '../../../src/domain/secret.ts'
import type { Target } from '../../../src/ports/target.ts'
import { makeFolder, type Folder } from './dotenv-harness.ts'
import { fakeKey } from './fake-key.ts'

const A = fakeKey('a')
const B = fakeKey('b')
const OLD = `OPENAI_API_KEY=${A.secret.reveal()}\n`
const NEW = `OPENAI_API_KEY=${B.secret.reveal()}\n`

/** Mounts that only one child process sees; needs Linux, and root or user namespaces. */
const OWN_MOUNTS = ['--user', '--map-root-user', '--mount']

function canMount(): boolean {
  return spawnSync('unshare', [...OWN_MOUNTS, 'mount', '--bind', '/tmp', '/tmp']).status === 0
}

function hasSecondFileSystem(): boolean {
  return statSync('/dev/shm', { throwIfNoEntry: false })?.dev !== statSync(tmpdir()).dev && existsSync('/dev/shm')
}

let folder: Folder
beforeEach(async () => {
  folder = await makeFolder()
})
afterEach(() => folder.remove())

const put = (content: string, mode = 0o600): Promise<void> => writeFile(folder.file(), content, { mode }).then(() => chmod(folder.file(), mode))
const promote = async (target: Target): Promise<void> => target.write({ current: B }, (await target.observe()).revision)
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777
const git = (...args: string[]): void =>
  void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: folder.root, stdio: 'ignore' })
const refusal = (code: string): object => expect.objectContaining({ name: 'KeyrotError', code, kind: 'refused' })

describe('replacing the file', () => {
  it.each([0o600, 0o640, 0o644, 0o400])('keeps mode %o', async (mode) => {
    await put(OLD, mode)
    await promote(await folder.connect())
    expect(await folder.read()).toBe(NEW)
    expect(await modeOf(folder.file())).toBe(mode)
  })

  it('creates a missing file for this user alone, whatever the umask', async () => {
    const before = process.umask(0o277)
    try {
      await mkdir(folder.stateDir, { mode: 0o700 }).then(() => chmod(folder.stateDir, 0o700))
      await mkdir(join(folder.stateDir, 'tmp')).then(() => chmod(join(folder.stateDir, 'tmp'), 0o700))
      await promote(await folder.connect())
    } finally {
      process.umask(before)
    }
    expect(await folder.read()).toBe(NEW)
    expect(await modeOf(folder.file())).toBe(0o600)
  })

  it('leaves nothing behind, and keeps the folder for temporary files private', async () => {
    await put(OLD)
    await promote(await folder.connect())
    expect(await readdir(join(folder.stateDir, 'tmp'))).toEqual([])
    expect(await modeOf(join(folder.stateDir, 'tmp'))).toBe(0o700)
    expect((await readdir(folder.root)).toSorted()).toEqual(['.env', '.keyrot'])
  })

  it('does not touch a file that already is as wanted', async () => {
    await put(NEW)
    const before = await lstat(folder.file(), { bigint: true })
    await promote(await folder.connect())
    const after = await lstat(folder.file(), { bigint: true })
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs])
  })

  it("tells when the file last changed by the file system's clock", async () => {
    await put(OLD)
    await utimes(folder.file(), 1_700_000_000, 1_700_000_000)
    expect((await (await folder.connect()).observe()).since).toBe(1_700_000_000_000)
  })

  it('writes bytes that are not UTF-8 back as they were', async () => {
    await writeFile(folder.file(), Buffer.concat([Buffer.from([0xef, 0xff, 0x0a]), Buffer.from(OLD)]))
    await promote(await folder.connect())
    expect(await readFile(folder.file())).toEqual(Buffer.concat([Buffer.from([0xef, 0xff, 0x0a]), Buffer.from(NEW)]))
  })

  it('writes only values that need no quotes', async () => {
    await put(OLD)
    const target = await folder.connect()
    for (const bad of ['', 'a b', 'a\nb', 'a"b', 'a$b', 'a#b', 'é']) {
      await expect(target.write({ current: { secret: new Secret(bad), marker: 'm' } }, null)).rejects.toEqual(refusal('KR_DOTENV_VALUE'))
    }
    expect(await folder.read()).toBe(OLD)
  })

  it('says that there is no fallback where none is configured', async () => {
    await put(OLD)
    const target = await folder.connect({ fallback: 'none' })
    await expect(target.write({ fallback: B }, null)).rejects.toEqual(refusal('KR_DOTENV_NO_FALLBACK'))
    await target.write({ fallback: null }, null)
    expect(await folder.read()).toBe(OLD)
  })
})

describe('a file that someone else changes meanwhile', () => {
  it('is left to them when only its place changed hands', async () => {
    await put(OLD)
    const target = await folder.connect()
    const { revision } = await target.observe()
    await writeFile(folder.file('other'), OLD, { mode: 0o600 })
    await rename(folder.file('other'), folder.file())
    await expect(target.write({ current: B }, revision)).rejects.toMatchObject({ code: 'KR_DOTENV_CHANGED', kind: 'conflict' })
  })

  it('is left to them when it appears where nothing was', async () => {
    const target = await folder.connect()
    const { revision } = await target.observe()
    await put(OLD)
    await expect(target.write({ current: B }, revision)).rejects.toMatchObject({ kind: 'conflict' })
    expect(await folder.read()).toBe(OLD)
  })

  it('is left to them when it changes after our look, while the new content is written', async () => {
    await put(OLD)
    const run = inChild('edit-meanwhile')
    expect(run.stdout).toBe('KR_DOTENV_CHANGED conflict')
    expect(await folder.read()).toBe(`${OLD}MORE=1\n`)
    expect(await readdir(join(folder.stateDir, 'tmp'))).toEqual([])
  })
})

describe('the mount table', () => {
  it('is read byte by byte, with its octal codes', () => {
    const table = '36 35 98:0 /src /a\\040b/\u00C3\u00BC.env rw,noatime master:1 - ext3 /dev/root rw\n\n'
    expect(isMountPoint(table, '/a b/ü.env')).toBe(true)
  })

  it('names other paths than mount points, too', () => {
    expect(isMountPoint('36 35 98:0 /src/.env /dst/.env rw - ext3 /dev/root rw\n', '/src/.env')).toBe(false)
  })
})

describe('refuses in one sentence', () => {
  const cases: [string, string, () => Promise<unknown>][] = [
    ['a symbolic link', 'KR_DOTENV_SYMLINK', () => writeFile(folder.file('real'), OLD).then(() => symlink('real', folder.file()))],
    ['a dangling link', 'KR_DOTENV_SYMLINK', () => symlink('nowhere', folder.file())],
    ['a hard link', 'KR_DOTENV_HARD_LINK', () => put(OLD).then(() => link(folder.file(), folder.file('second')))],
    ['a folder', 'KR_DOTENV_NOT_A_FILE', () => mkdir(folder.file())],
    ['a pipe', 'KR_DOTENV_NOT_A_FILE', async () => execFileSync('mkfifo', [folder.file()])],
    ['more than 1 MiB', 'KR_DOTENV_TOO_BIG', () => put(OLD).then(() => truncate(folder.file(), 1024 * 1024 + 1))],
    ['NUL bytes', 'KR_DOTENV_BINARY', () => put(`${OLD}\0`)],
  ]
  it.each(cases)('%s', async (_what, code, prepare) => {
    await prepare()
    const target = await folder.connect()
    await expect(target.observe()).rejects.toEqual(refusal(code))
    await expect(target.write({ current: B }, null)).rejects.toEqual(refusal(code))
    expect(await readdir(folder.root)).not.toContain('.keyrot')
  })

  it('a file of another user', async () => {
    const isRoot = process.geteuid?.() === 0
    if (isRoot) await put(OLD).then(() => chown(folder.file(), 12_345, 12_345))
    const target = isRoot ? await folder.connect() : await folder.connect({ path: 'passwd' }, { root: await realpath('/etc') })
    await expect(target.observe()).rejects.toEqual(refusal('KR_DOTENV_OWNER'))
  })

  it.runIf(canMount())('a file that is a mount of its own', async () => {
    await put(OLD)
    const script = `mount --bind '${folder.file()}' '${folder.file()}' && exec '${process.execPath}' '${child()}' observe '${folder.root}'`
    expect(spawnSync('unshare', [...OWN_MOUNTS, 'sh', '-c', script], { encoding: 'utf8' }).stdout).toBe('KR_DOTENV_MOUNT refused')
  })

  it.each(['../.env', 'a/../../.env', '/etc/env', 'a\u001B[2J'])('a path that leaves the folder, or no path at all: %j', (path) => {
    expect(() => folder.connect({ path })).toThrow(/path/)
  })

  it('a folder on the way that is a link, even one that stays inside', async () => {
    await mkdir(folder.file('real'))
    await symlink('real', folder.file('alias'))
    await expect((await folder.connect({ path: 'alias/.env' })).observe()).rejects.toEqual(refusal('KR_DOTENV_SYMLINK'))
    await expect((await folder.connect({ path: 'real/.env' })).observe()).resolves.toMatchObject({ current: { is: 'absent' } })
  })

  it('a folder that is not there', async () => {
    await expect((await folder.connect({ path: 'no/.env' })).observe()).rejects.toEqual(refusal('KR_DOTENV_NO_FOLDER'))
  })

  it('a temporary folder that others can read, or that is a link', async () => {
    await put(OLD)
    await mkdir(join(folder.stateDir, 'tmp'), { recursive: true })
    await chmod(join(folder.stateDir, 'tmp'), 0o755)
    await expect(promote(await folder.connect())).rejects.toEqual(refusal('KR_DOTENV_TMP'))
    await rm(join(folder.stateDir, 'tmp'), { recursive: true })
    await symlink(folder.root, join(folder.stateDir, 'tmp'))
    await expect(promote(await folder.connect())).rejects.toEqual(refusal('KR_DOTENV_TMP'))
    expect(await folder.read()).toBe(OLD)
  })

  it('settings that contradict themselves', () => {
    expect(() => folder.connect({ fallback: 'OPENAI_API_KEY' })).toThrow('must differ')
    expect(() => folder.connect({ allowTracked: './.env' })).toThrow('must repeat')
    expect(() => folder.connect({ variable: '1A' })).toThrow('variable name')
    expect(() => folder.connect({ stray: 1 })).toThrow()
  })
})

describe('git', () => {
  beforeEach(() => git('init'))

  it('stops the write to a tracked file, unless the config names it', async () => {
    await put(OLD)
    git('add', '-f', '.env')
    const target = await folder.connect()
    await expect(promote(target)).rejects.toEqual(refusal('KR_DOTENV_TRACKED'))
    expect(await target.rights?.()).toContainEqual(expect.objectContaining({ what: '.env kept out of git', state: 'missing' }))
    expect(await folder.read()).toBe(OLD)
    await promote(await folder.connect({ allowTracked: '.env' }))
    expect(await folder.read()).toBe(NEW)
  })

  it('is not needed for an ignored file, and is believed about an untracked one', async () => {
    await put(OLD)
    const state = async (): Promise<unknown> => (await (await folder.connect()).rights?.())?.find((right) => right.what.includes('git'))?.state
    expect(await state()).toBe('untestable')
    await writeFile(folder.file('.gitignore'), '.env*\n')
    expect(await state()).toBe('proven')
    await promote(await folder.connect())
    expect(await folder.read()).toBe(NEW)
  })

  it('that cannot be asked stops the write, in words, unless the config names the file', async () => {
    await put(OLD)
    const env = (name: string): string | undefined => (name === 'PATH' ? folder.root : undefined)
    await expect(promote(await folder.connect({}, { env }))).rejects.toEqual(refusal('KR_DOTENV_GIT'))
    await promote(await folder.connect({ allowTracked: '.env' }, { env }))
    expect(await folder.read()).toBe(NEW)
  })

  it('runs no command that the repository configures, and sees no key', async () => {
    await put(OLD)
    git('config', 'core.fsmonitor', `touch ${folder.file('ran')}; false`)
    await promote(await folder.connect())
    expect(await readdir(folder.root)).not.toContain('ran')
  })
})

describe('a state folder on another file system', () => {
  it.runIf(hasSecondFileSystem())('puts the temporary file beside the target, if git ignores it, else refuses', async () => {
    const stateDir = await mkdtemp('/dev/shm/keyrot-')
    try {
      await put(OLD)
      await expect(promote(await folder.connect({}, { stateDir }))).rejects.toEqual(refusal('KR_DOTENV_NO_TEMP'))
      git('init')
      await expect(promote(await folder.connect({}, { stateDir }))).rejects.toEqual(refusal('KR_DOTENV_NO_TEMP'))
      await writeFile(folder.file('.gitignore'), '.env*\n')
      const target = await folder.connect({}, { stateDir })
      expect(await target.rights?.()).toContainEqual(expect.objectContaining({ state: 'proven', hint: expect.stringContaining('beside the file') as unknown }))
      await promote(target)
      expect(await folder.read()).toBe(NEW)
      expect((await readdir(folder.root)).toSorted()).toEqual(['.env', '.git', '.gitignore'])
      expect(await readdir(join(stateDir, 'tmp'))).toEqual([])
    } finally {
      await rm(stateDir, { recursive: true })
    }
  })
})

describe('what the system denies', () => {
  it.each([
    ['ENOSPC', 'KR_DOTENV_NO_SPACE unavailable'],
    ['EDQUOT', 'KR_DOTENV_NO_SPACE unavailable'],
    ['EACCES', 'KR_DOTENV_FORBIDDEN unavailable'],
    ['EROFS', 'KR_DOTENV_READ_ONLY unavailable'],
    ['EIO', 'KR_DOTENV_IO unavailable'],
    ['EXDEV', 'KR_DOTENV_NO_TEMP refused'],
  ])('%s is said in words of its own, and nothing is left behind', async (code, said) => {
    await put(OLD)
    expect(inChild(`fail-${code}`).stdout).toBe(said)
    expect(await folder.read()).toBe(OLD)
    expect(await readdir(join(folder.stateDir, 'tmp'))).toEqual([])
  })

  it('a folder that cannot be made durable leaves the outcome open', async () => {
    await put(OLD)
    expect(inChild('fail-folder-sync').stdout).toBe('KR_DOTENV_NOT_DURABLE ambiguous')
    expect(await folder.read()).toBe(NEW)
  })

  it('a write that takes fewer bytes than it was given is continued', async () => {
    const taken: number[] = []
    const write = (bytes: Buffer, from: number): Promise<{ bytesWritten: number; buffer: Buffer }> => {
      const now = bytes.subarray(from, from + 3)
      taken.push(...now)
      return Promise.resolve({ bytesWritten: now.length, buffer: bytes })
    }
    await writeAll({ write } as Parameters<typeof writeAll>[0], Buffer.from(NEW))
    expect(Buffer.from(taken).toString()).toBe(NEW)
    const full = { write: () => Promise.resolve({ bytesWritten: 0, buffer: Buffer.alloc(0) }) } as unknown as Parameters<typeof writeAll>[0]
    await expect(writeAll(full, Buffer.from(NEW))).rejects.toMatchObject({ code: 'KR_DOTENV_IO' })
  })
})

describe('killed between the temporary file and the rename', () => {
  it('leaves the old content; the next start sweeps the new key away', async () => {
    await put(OLD)
    expect(inChild('kill-before-rename').signal).toBe('SIGKILL')
    expect(await folder.read()).toBe(OLD)
    const left = await readdir(join(folder.stateDir, 'tmp'))
    expect(left).toHaveLength(1)
    expect(await modeOf(join(folder.stateDir, 'tmp', left[0] ?? ''))).toBe(0o600)
    await writeFile(join(folder.stateDir, 'tmp', 'not-ours'), '')
    expect(await sweepTemp(folder.stateDir)).toBe(1)
    expect(await readdir(join(folder.stateDir, 'tmp'))).toEqual(['not-ours'])
    await promote(await folder.connect())
    expect(await folder.read()).toBe(NEW)
  })

  it('beside the target too: connecting again sweeps', async () => {
    await put(OLD)
    await writeFile(folder.file('.env.keyrot-00000000-4242-000000000001.tmp'), NEW)
    await folder.connect()
    expect(await readdir(folder.root)).toEqual(['.env'])
  })

  it('the file of another living process stays', async () => {
    await put(OLD)
    const run = inChild('sweep-while-waiting')
    expect(run.stdout).toBe('swept 0, then 1: KR_DOTENV_GONE conflict')
    expect(await folder.read()).toBe(OLD)
  })

  it('a folder that was never made has nothing to sweep', async () => {
    expect(await sweepTemp(folder.stateDir)).toBe(0)
  })
})

const child = (): string => join(dirname(fileURLToPath(import.meta.url)), 'dotenv-child.ts')

/** A process of its own that does one thing to the folder's file, and something at the rename. */
function inChild(scene: string): { readonly stdout: string; readonly stderr: string; readonly signal: string | null } {
  const { stdout, stderr, signal } = spawnSync(process.execPath, [child(), scene, folder.root], { encoding: 'utf8' })
  return { stdout, stderr, signal }
}
