/**
 * Replaces a `.env` file in one act: a reader sees the old content or the new, and so does the disk after a crash.
 *
 * The new content waits in `<stateDir>/tmp`, a folder of mode 0700. Only where that is another file system does it wait
 * beside the file, and then only under a name that git ignores.
 */
import { constants } from 'node:fs'
import { lstat, mkdir, open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { KeyrotError } from '../../domain/errors.ts'
import type { Ids } from '../../ports/system.ts'
import { errno, refused } from './dotenv-errors.ts'
import { readFileGuarded, type Place, type Snapshot } from './dotenv-file.ts'
import type { Git } from './dotenv-git.ts'
import { tempName } from './dotenv-temp.ts'

export interface Means {
  readonly stateDir: string
  readonly ids: Ids
  readonly git: Git
}

/** Puts `text` in the place of what `before` read. `conflict` when the file is no longer that; nothing is changed then. */
export async function replaceFile(place: Place, before: Snapshot, text: string, means: Means): Promise<void> {
  const bytes = Buffer.from(text, before.encoding)
  const name = await tempName(means.ids)
  try {
    return await replaceBy(join(await privateFolder(place, means.stateDir), name), place, before, bytes)
  } catch (error) {
    // only the rename itself can tell: two mounts of one device look alike, and overlays show devices of their own
    if (errno(error) !== 'EXDEV') throw error
  }
  const beside = `${place.file}.${name}`
  if ((await means.git.ignored(beside)) !== 'yes') throw notIgnored(place)
  await replaceBy(beside, place, before, bytes)
}

function notIgnored(place: Place): KeyrotError {
  return refused(
    'KR_DOTENV_NO_TEMP',
    place.shown,
    'is on another file system than the state folder, and git does not say that it ignores a temporary file beside it',
    'put the state folder on the same file system (--state), or ignore `.env*` in git',
  )
}

/** The folder for temporary files, made where it is missing. */
async function privateFolder(place: Place, stateDir: string): Promise<string> {
  const folder = join(stateDir, 'tmp')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const found = await lstat(folder)
  if (found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o077) === 0) return folder
  const says = 'was left as it was: the folder tmp in the state folder is not a private folder of this user'
  throw refused('KR_DOTENV_TMP', place.shown, says, 'remove it, or make it 0700 and yours')
}

async function replaceBy(temp: string, place: Place, before: Snapshot, bytes: Buffer): Promise<void> {
  const handle = await open(temp, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600)
  try {
    try {
      await writeAll(handle, bytes)
      await dressAs(handle, place, before)
      await handle.sync()
    } finally {
      await handle.close()
    }
    refuseChanged(place, before)
    await rename(temp, place.file)
  } catch (error) {
    await unlink(temp).catch(() => undefined)
    throw error
  }
  await makeDurable(place)
}

/** Writes every byte: a write may take fewer than it was given, and says so only in its result. */
export async function writeAll(to: Pick<FileHandle, 'write'>, bytes: Buffer): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesWritten } = await to.write(bytes, done, bytes.length - done)
    if (bytesWritten === 0) throw new KeyrotError({ code: 'KR_DOTENV_IO', kind: 'unavailable', message: 'the file system took no more bytes' })
    done += bytesWritten
  }
}

/** Group and mode as they were: a service may read the file through its group. New files are for this user alone. */
async function dressAs(handle: FileHandle, place: Place, before: Snapshot): Promise<void> {
  const { owner } = before
  if (owner !== null && (await handle.stat()).gid !== owner.gid) {
    await handle.chown(owner.uid, owner.gid).catch(() => {
      throw refused('KR_DOTENV_GROUP', place.shown, 'belongs to a group that this user cannot give to the new file', 'run keyrot as a member of that group')
    })
  }
  await handle.chmod(owner?.mode ?? 0o600)
}

function refuseChanged(place: Place, before: Snapshot): void {
  const now = readFileGuarded(place)
  if (now.revision === before.revision && now.owner?.mode === before.owner?.mode) return
  throw changedMeanwhile(place)
}

/** Someone else wrote the file between our look and our act. */
export function changedMeanwhile(place: Place): KeyrotError {
  return new KeyrotError({
    code: 'KR_DOTENV_CHANGED',
    kind: 'conflict',
    message: `${place.shown} was changed by someone else meanwhile, and was left as it is`,
    facts: { path: place.shown },
  })
}

async function makeDurable(place: Place): Promise<void> {
  try {
    const folder = await open(place.folder, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch {
    throw new KeyrotError({
      code: 'KR_DOTENV_NOT_DURABLE',
      kind: 'ambiguous',
      message: `${place.shown} was replaced, but the system did not confirm that this would outlast a power cut`,
      facts: { path: place.shown },
    })
  }
}
