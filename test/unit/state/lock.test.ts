import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeCalls } from '../../../src/state/calls.ts'
import type { FileCalls } from '../../../src/state/calls.ts'
import { lockPath, openLocks } from '../../../src/state/lock.ts'
import type { Every } from '../../../src/state/lock.ts'
import type { HostFacts } from '../../../src/state/host.ts'
import { readHost } from '../../../src/state/host.ts'
import { clock, countingIds, fakeHost, systemError, tempFolder, watched } from './kit.ts'

const LOCKED: unknown = expect.objectContaining({ code: 'KR_LOCKED', kind: 'locked' })
const never: Every = () => () => {}

let actors = 0
const locksOf = (folder: string, host: HostFacts, more: { calls?: FileCalls; every?: Every } = {}) =>
  openLocks(folder, { clock, ids: countingIds(`a${(actors += 1)}b`), host, every: never, ...more })

const lockFiles = (folder: string): string[] => readdirSync(join(folder, 'locks'))
const age = (path: string): void => utimesSync(path, new Date(Date.now() - 120_000), new Date(Date.now() - 120_000))

describe('a lock', () => {
  it('is held by one, given back, and leaves nothing behind', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const alive = new Set<number>()
    const [one, two] = [locksOf(folder, fakeHost(1, alive)), locksOf(folder, fakeHost(2, alive))]
    const held = await one.acquire(['credential:api'])
    expect(await held.stillHeld()).toBe(true)
    expect(lockFiles(folder).map((name) => statSync(join(folder, 'locks', name)).mode & 0o777)).toEqual([0o600])
    await expect(two.acquire(['credential:api'])).rejects.toEqual(LOCKED)
    await expect(one.acquire(['credential:api'])).rejects.toEqual(LOCKED)
    await held.release()
    await held.release()
    expect(await held.stillHeld()).toBe(false)
    expect(lockFiles(folder)).toEqual([])
    await (await two.acquire(['credential:api'])).release()
  })

  it('asks a living holder to stop, and nobody after it', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const alive = new Set<number>()
    const looks: (() => void)[] = []
    const every: Every = (look) => {
      looks.push(look)
      return () => void looks.splice(looks.indexOf(look), 1)
    }
    const [one, two] = [locksOf(folder, fakeHost(1, alive), { every }), locksOf(folder, fakeHost(2, alive), { every })]
    let asked = 0
    const held = await one.acquire(['x'], () => void (asked += 1))
    for (const look of looks.slice()) look()
    expect(asked).toBe(0)
    await two.ask?.(['x', 'never-held'])
    for (const look of looks.slice()) look()
    for (const look of looks.slice()) look()
    expect(asked).toBe(1)
    await expect(two.acquire(['x'])).rejects.toEqual(LOCKED)
    await held.release()
    expect(lockFiles(folder)).toEqual([])
    await two.ask?.(['x'])
    writeFileSync(join(folder, 'locks', 'left'), '')
    const next = await two.acquire(['x'], () => void (asked += 1))
    for (const look of looks.slice()) look()
    expect(asked).toBe(1)
    await next.release()
  })

  it('tells who holds it, in safe form', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const alive = new Set<number>()
    await locksOf(folder, fakeHost(41, alive, { host: 'build\u001B[31m-7' })).acquire(['credential:api'])
    const error: unknown = await locksOf(folder, fakeHost(42, alive))
      .acquire(['credential:api'])
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: 'keyrot process 41 on build31m-7 holds this lock since 2026-09-21T14:13:20.000Z', where: 'credential:api' })
  })

  it('is all or none, whatever the order of the names', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const alive = new Set<number>()
    const [one, two] = [locksOf(folder, fakeHost(1, alive)), locksOf(folder, fakeHost(2, alive))]
    const held = await one.acquire(['b'])
    await expect(two.acquire(['c', 'b', 'a'])).rejects.toEqual(LOCKED)
    expect(lockFiles(folder)).toHaveLength(1)
    await held.release()
    const all = await two.acquire(['c', 'b', 'a', 'b'])
    expect(lockFiles(folder)).toHaveLength(3)
    await expect(one.acquire(['a'])).rejects.toEqual(LOCKED)
    await all.release()
    expect(lockFiles(folder)).toEqual([])
  })

  it('of a shared file lies beside the file, so two configs meet there', async () => {
    const root = tempFolder()
    const alive = new Set<number>()
    const [one, two] = [locksOf(join(root, 'a', '.keyrot'), fakeHost(1, alive)), locksOf(join(root, 'b', '.keyrot'), fakeHost(2, alive))]
    mkdirSync(join(root, 'a'))
    mkdirSync(join(root, 'b'))
    const held = await one.acquire([`record:dotenv:${root}/.env`])
    expect(existsSync(join(root, '..env.keyrot-lock'))).toBe(true)
    await expect(two.acquire(['credential:x', `record:dotenv:${root}/.env`])).rejects.toEqual(LOCKED)
    await held.release()
    expect(readdirSync(root).toSorted()).toEqual(['a', 'b'])
    await expect(two.acquire([`record:dotenv:${root}/gone/.env`])).rejects.toMatchObject({ code: 'KR_LOCK_PLACE' })
  })

  it('turns any other name into a safe file name', () => {
    for (const name of ['record:aws:arn:aws:secretsmanager:x', 'record:k8s:ns/../../etc', '../x', 'record:dotenv:relative/.env', 'é'.repeat(300), 'record:/']) {
      expect(lockPath('/locks', name)).toMatch(/^\/locks\/[A-Za-z0-9-]{0,60}-[0-9a-f]{16}\.lock$/)
    }
    expect(lockPath('/l', 'record:a/b')).not.toBe(lockPath('/l', 'record:a:b'))
  })

  it('follows no link', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const locks = locksOf(folder, fakeHost(1, new Set()))
    await (await locks.acquire(['x'])).release()
    symlinkSync('/dev/null', lockPath(join(folder, 'locks'), 'x'))
    await expect(locks.acquire(['x'])).rejects.toMatchObject({ code: 'KR_STATE_UNSAFE' })
  })

  it('says so where the file system knows no hard links', async () => {
    const calls: FileCalls = {
      ...nodeCalls,
      link: () => {
        throw Object.assign(systemError('EPERM'), { syscall: 'link' })
      },
    }
    await expect(locksOf(join(tempFolder(), '.keyrot'), fakeHost(1, new Set()), { calls }).acquire(['x'])).rejects.toMatchObject({ code: 'KR_LOCK_PLACE' })
  })
})

describe('a dead holder', () => {
  const here = (pid: number, alive: Set<number>, more: Partial<HostFacts> = {}) => fakeHost(pid, alive, more)

  it.each<[string, Partial<HostFacts>, (alive: Set<number>, path: string) => void, boolean]>([
    ['gone', {}, (alive) => alive.delete(1), true],
    ['alive', {}, () => {}, false],
    ['alive, though without a heartbeat: no take-over of a live process', {}, (_, path) => age(path), false],
    ['another process of the same number', { stateOf: () => ({ alive: true, started: 'later' }) }, () => {}, true],
    ['of unknown start, with a heartbeat', { stateOf: () => ({ alive: true, started: null }) }, () => {}, false],
    ['of unknown start, without a heartbeat', { stateOf: () => ({ alive: true, started: null }) }, (_, path) => age(path), true],
    ['on another boot, with a heartbeat', { boot: 'boot-2' }, (alive) => alive.delete(1), false],
    ['on another boot, without a heartbeat', { boot: 'boot-2' }, (_, path) => age(path), true],
    ['in another container, with a heartbeat', { space: 'pid:[2]' }, (alive) => alive.delete(1), false],
    ['in another container, without a heartbeat', { space: 'pid:[2]' }, (_, path) => age(path), true],
  ])('is judged: %s', async (_what, second, happen, takenOver) => {
    const folder = join(tempFolder(), '.keyrot')
    const alive = new Set<number>()
    const first = await locksOf(folder, here(1, alive)).acquire(['x'])
    happen(alive, lockPath(join(folder, 'locks'), 'x'))
    const taking = locksOf(folder, here(2, alive, second)).acquire(['x'])
    if (!takenOver) return expect(taking).rejects.toEqual(LOCKED)
    const held = await taking
    expect([await first.stillHeld(), await held.stillHeld()]).toEqual([false, true])
    await first.release()
    expect(await held.stillHeld()).toBe(true)
    expect(lockFiles(folder)).toHaveLength(1)
  })

  it('without a boot id (macOS) is known by the name of the machine', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const alive = new Set<number>()
    const mac = { boot: null, space: null }
    await locksOf(folder, fakeHost(1, alive, mac)).acquire(['x'])
    await expect(locksOf(folder, fakeHost(2, alive, { ...mac, host: 'there' })).acquire(['x'])).rejects.toEqual(LOCKED)
    alive.delete(1)
    await expect(locksOf(folder, fakeHost(2, alive, { ...mac, host: 'there' })).acquire(['x'])).rejects.toEqual(LOCKED)
    await locksOf(folder, fakeHost(2, alive, mac)).acquire(['x'])
  })

  it('is not dead while its heart beats', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const path = lockPath(join(folder, 'locks'), 'x')
    let beat = (): void => {}
    let stopped = false
    const every: Every = (tick) => {
      beat = tick
      return () => (stopped = true)
    }
    const held = await locksOf(folder, fakeHost(1, new Set()), { every }).acquire(['x'])
    const before = readFileSync(path)
    age(path)
    beat()
    await expect(locksOf(folder, fakeHost(2, new Set(), { boot: 'other' })).acquire(['x'])).rejects.toEqual(LOCKED)
    expect(readFileSync(path)).toEqual(before)
    await held.release()
    expect(stopped).toBe(true)
    expect(() => beat()).not.toThrow()
  })

  it('of a thousand names is cheap to ask for one, and a sleep is noticed whichever of them was lost', async () => {
    const folder = join(tempFolder(), '.keyrot')
    let opened = 0
    let slept = 0
    const calls = watched((name) => (opened += name === 'open' ? 1 : 0))
    const names = ['x', ...Array.from({ length: 200 }, (_, at) => `record:${at}`)]
    const first = await openLocks(folder, {
      clock: { ...clock, now: () => clock.now() + slept },
      ids: countingIds('first'),
      host: fakeHost(1, new Set()),
      every: never,
      calls,
    }).acquire(names)
    opened = 0
    expect(await first.stillHeld('x')).toBe(true)
    expect(opened).toBeLessThan(4)
    age(lockPath(join(folder, 'locks'), 'record:77'))
    await locksOf(folder, fakeHost(2, new Set(), { boot: 'other' })).acquire(['record:77'])
    slept = 60_000
    expect(await first.stillHeld('x')).toBe(false)
    expect(await first.stillHeld('x')).toBe(false)
  })

  it.each(['emptied', 'edited'])('leaves a lock file that was %s to the next, after the lease', async (how) => {
    const folder = join(tempFolder(), '.keyrot')
    const path = lockPath(join(folder, 'locks'), 'x')
    const alive = new Set<number>()
    const first = await locksOf(folder, fakeHost(1, alive)).acquire(['x'])
    if (how === 'emptied') truncateSync(path, 0)
    else writeFileSync(path, '{"token":"../../../etc/passwd"}')
    const next = locksOf(folder, fakeHost(2, alive))
    await expect(next.acquire(['x'])).rejects.toEqual(LOCKED)
    expect(await first.stillHeld()).toBe(false)
    age(path)
    const held = await next.acquire(['x'])
    expect(await held.stillHeld()).toBe(true)
    expect(lockFiles(folder)).toHaveLength(1)
  })

  it('takes its lock into the grave with the folder: deleting state loses the lock, and the holder notices', async () => {
    const folder = join(tempFolder(), '.keyrot')
    const held = await locksOf(folder, fakeHost(1, new Set())).acquire(['x'])
    rmSync(folder, { recursive: true })
    expect(await held.stillHeld()).toBe(false)
    await held.release()
  })
})

describe('with real processes', { timeout: 60_000 }, () => {
  it('knows itself', () => {
    const host = readHost()
    expect(host.pid).toBe(process.pid)
    expect(host.stateOf(process.pid)).toMatchObject({ alive: true, started: host.started })
    expect(host.stateOf(2 ** 22 + 7).alive).toBe(false)
  })

  it('does not keep its process alive', () => {
    const folder = join(tempFolder(), '.keyrot')
    const child = spawnSync(process.execPath, [join(import.meta.dirname, 'lock-child.ts'), folder, 'hold'], { timeout: 20_000, encoding: 'utf8' })
    expect({ status: child.status, stdout: child.stdout }).toEqual({ status: 0, stdout: 'held\n' })
  })
})
