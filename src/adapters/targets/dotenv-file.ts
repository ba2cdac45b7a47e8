/**
 * Reads a `.env` file, and refuses every kind of file that replacing would break or that is not ours to replace.
 *
 * Its calls are synchronous: a look is half a dozen of them on a small file of this machine, and each takes a tenth of what asking for it
 * and waiting costs. A `status` of a thousand files would spend half a second on the asking.
 */
import { createHash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readSync, realpathSync, type BigIntStats } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'
import process from 'node:process'
import type { Ms } from '../../domain/duration.ts'
import { errno, refused } from './dotenv-errors.ts'

const MAX_BYTES = 1024 * 1024

/** Where the file is. Below `root` nothing on the way is a link, so the path is the real one. */
export interface Place {
  readonly root: string
  readonly folder: string
  readonly file: string
  /** As the config names it: for people. */
  readonly shown: string
}

export interface Snapshot {
  readonly text: string
  /** Text of any other encoding is carried byte for byte. */
  readonly encoding: 'utf8' | 'latin1'
  /** Which content at which place this was; compared before the file is replaced. */
  readonly revision: string
  /** Last change by the file system's clock; `null` where there is no file. */
  readonly since: Ms | null
  /** What a replacement must keep; `null` where there is no file yet. */
  readonly owner: { readonly uid: number; readonly gid: number; readonly mode: number } | null
}

/** Resolves the config's path, which may not leave the config's folder. Looks at nothing below that folder yet. */
export function placeOf(root: string, path: string): Place {
  const inside = normalize(path)
  if (inside === '..' || inside.startsWith(`..${sep}`) || inside.startsWith(sep)) throw refused('KR_DOTENV_OUTSIDE', path, 'leaves the folder of the config')
  const real = realpathSync.native(root)
  const file = join(real, inside)
  return { root: real, folder: dirname(file), file, shown: path }
}

/**
 * The file's content now. A file that is not there reads as empty; whatever cannot be replaced safely is refused. `mounts`: the mount table,
 * for a mere look as it was at the first of many; a write is held to the table of now.
 */
export function readFileGuarded(place: Place, mounts: Mounts = mountTable): Snapshot {
  refuseLinkedFolders(place)
  let fd: number
  try {
    // non-blocking: a pipe in the file's place must not hang us
    fd = openSync(place.file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (errno(error) === 'ENOENT') return { text: '', encoding: 'utf8', revision: 'absent', since: null, owner: null }
    if (errno(error) === 'ELOOP')
      throw refused('KR_DOTENV_SYMLINK', place.shown, 'is a symbolic link', 'name the file it points to, if that is under the folder of the config')
    if (errno(error) === 'ENXIO') throw notPlain(place)
    throw error
  }
  try {
    const stat = fstatSync(fd, { bigint: true })
    refuseStrange(place, stat, mounts)
    return snapshotOf(place, stat, readCapped(fd, Number(stat.size), place))
  } finally {
    closeSync(fd)
  }
}

function notPlain(place: Place): Error {
  return refused('KR_DOTENV_NOT_A_FILE', place.shown, 'is not a regular file')
}

function refuseLinkedFolders(place: Place): void {
  let folder = place.root
  for (const part of relative(place.root, place.folder).split(sep)) {
    folder = join(folder, part)
    const stat = lstatSync(folder, { throwIfNoEntry: false })
    if (stat === undefined) throw refused('KR_DOTENV_NO_FOLDER', place.shown, 'is in a folder that does not exist', 'make the folder, or correct `path`')
    if (stat.isSymbolicLink())
      throw refused('KR_DOTENV_SYMLINK', place.shown, 'lies behind a symbolic link', 'name the real path, if that is under the folder of the config')
    if (!stat.isDirectory()) throw refused('KR_DOTENV_NO_FOLDER', place.shown, 'lies below something that is not a folder')
  }
}

function refuseStrange(place: Place, stat: BigIntStats, mounts: Mounts): void {
  if (!stat.isFile()) throw notPlain(place)
  if (stat.nlink > 1n)
    throw refused('KR_DOTENV_HARD_LINK', place.shown, 'has a second name (hard link), which would keep the old key', 'remove the other name, or copy the file')
  if (Number(stat.uid) !== process.geteuid?.()) throw refused('KR_DOTENV_OWNER', place.shown, 'belongs to another user', 'run keyrot as that user')
  if (isMounted(place, stat, mounts()))
    throw refused(
      'KR_DOTENV_MOUNT',
      place.shown,
      'is itself a mount (a container binds this one file), so it cannot be replaced',
      'mount its folder instead, or run keyrot outside',
    )
}

/** Linux tells by its mount table; devices cannot, since overlays give files devices of their own. Elsewhere the device must do. */
function isMounted(place: Place, stat: BigIntStats, table: string | null): boolean {
  if (table !== null) return isMountPoint(table, place.file)
  return lstatSync(place.folder, { bigint: true }).dev !== stat.dev
}

type Mounts = () => string | null

/** `null` where the system has none to read. */
export function mountTable(): string | null {
  try {
    return readFileSync('/proc/self/mountinfo', 'latin1')
  } catch {
    return null
  }
}

/** Whether a path is in a Linux mount table, read as Latin-1: its fifth field, with blanks and backslashes as octal codes (proc_pid_mountinfo(5)). */
export function isMountPoint(table: string, path: string): boolean {
  const bytes = Buffer.from(path).toString('latin1')
  const field = bytes.replace(/[ \t\n\\]/g, (code) => `\\${code.charCodeAt(0).toString(8).padStart(3, '0')}`)
  // hosts of containers have thousands of mounts: lines are looked at only where there is a reason to
  return table.includes(` ${field} `) && table.split('\n').some((line) => line.split(' ')[4] === field)
}

/** Reads to the end, wherever that is by now: a file may grow while it is read. */
function readCapped(fd: number, expected: number, place: Place): Buffer {
  const parts: Buffer[] = []
  let size = 0
  let room = Buffer.alloc(Math.min(expected, MAX_BYTES) + 1)
  while (size <= MAX_BYTES) {
    if (room.length === 0) room = Buffer.alloc(MAX_BYTES + 1 - size)
    const read = readSync(fd, room, 0, room.length, size)
    if (read === 0) break
    parts.push(room.subarray(0, read))
    room = room.subarray(read)
    size += read
  }
  if (size > MAX_BYTES) throw refused('KR_DOTENV_TOO_BIG', place.shown, 'is larger than 1 MiB, which no .env file should be')
  const bytes = Buffer.concat(parts)
  if (bytes.includes(0)) throw refused('KR_DOTENV_BINARY', place.shown, 'holds NUL bytes: it is not a text file that programs can load')
  return bytes
}

function snapshotOf(place: Place, stat: BigIntStats, bytes: Buffer): Snapshot {
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1'
  return {
    text: bytes.toString(encoding),
    encoding,
    revision: `${stat.dev}:${stat.ino}:${createHash('sha256').update(bytes).digest('hex')}`,
    since: Number(stat.mtimeMs),
    owner: { uid: Number(stat.uid), gid: Number(stat.gid), mode: Number(stat.mode) & 0o777 },
  }
}
