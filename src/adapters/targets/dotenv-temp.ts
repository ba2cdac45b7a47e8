/** Names of temporary files that say whose they are, and the sweep that removes what killed processes left. */
import { createHash } from 'node:crypto'
import { readdir, readFile, readlink, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import process from 'node:process'
import type { Ids } from '../../ports/system.ts'
import { errno } from './dotenv-errors.ts'

const NAME = /^keyrot-([0-9a-f]{8})-(\d{1,10})-[a-z0-9]{12}\.tmp$/

/** A fresh name. It holds the world of process numbers we live in (boot and container) and our own number. */
export async function tempName(ids: Ids): Promise<string> {
  return `keyrot-${await processWorld()}-${process.pid}-${ids.token(12)}.tmp`
}

/**
 * Removes the temporary files that dead processes left in `<stateDir>/tmp`; returns how many. To be called at the start,
 * before anything is written: a file under our own number is then a leftover too. Losing its file fails a live writer
 * cleanly, so what cannot be told is removed: a key at rest is the worse thing.
 */
export async function sweepTemp(stateDir: string): Promise<number> {
  const folder = join(stateDir, 'tmp')
  return sweep(folder, '', await temporaries(folder))
}

/** What lies in a folder, read once for all targets there. */
export type Listed = () => Promise<readonly string[]>

/** Reads a folder at the first call. Only what other processes left counts here, and none of them adds to it after its death. */
export function listed(folder: string): Listed {
  let names: Promise<readonly string[]> | undefined
  return () => (names ??= temporaries(folder))
}

/** The same for files that had to wait beside their target. */
export async function sweepBeside(folder: string, file: string, names: Listed = listed(folder)): Promise<number> {
  return sweep(folder, `${basename(file)}.`, await names())
}

/** Names that may be of ours: nearly always none, however many files there are. */
async function temporaries(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.tmp'))
}

async function sweep(folder: string, prefix: string, names: readonly string[]): Promise<number> {
  const found = names.flatMap((name) => {
    const owner = name.startsWith(prefix) ? NAME.exec(name.slice(prefix.length)) : null
    return owner === null ? [] : [{ name, world: owner[1], pid: Number(owner[2]) }]
  })
  if (found.length === 0) return 0
  const here = await processWorld()
  let removed = 0
  for (const { name, world, pid } of found) {
    if (world === here && isAnotherAlive(pid)) continue
    removed += await unlink(join(folder, name)).then(
      () => 1,
      () => 0,
    )
  }
  return removed
}

function isAnotherAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errno(error) === 'EPERM'
  }
}

/** Process numbers are reused after a boot and in every container: eight digits that differ between them (Linux). */
async function processWorld(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  const space = await readlink('/proc/self/ns/pid').catch(() => '')
  return createHash('sha256').update(`${boot}\n${space}`).digest('hex').slice(0, 8)
}
