/** The disk as the config reads it. */
import { constants } from 'node:fs'
import { open, realpath, type FileHandle } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import type { ConfigFiles, FileReading } from '../../config/files.ts'

/** Reads real files. `O_NONBLOCK` keeps a named pipe from holding the run up. */
export const configFiles: ConfigFiles = {
  async read(path, limit, from) {
    const whole = from === undefined ? resolve(path) : resolve(from, path)
    let handle: FileHandle | undefined
    try {
      handle = await open(whole, constants.O_RDONLY | constants.O_NONBLOCK)
      const stat = await handle.stat()
      if (!stat.isFile()) return { ok: false, why: 'not-a-file' }
      const folder = await realpath(from === undefined || isAbsolute(path) ? dirname(whole) : from)
      const inside = isInside(folder, await realpath(whole))
      return { ok: true, bytes: await readUpTo(handle, limit + 1), folder, inside, mode: stat.mode & 0o777 }
    } catch (error) {
      return { ok: false, why: whyOf(error) }
    } finally {
      await handle?.close()
    }
  },
}

function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

async function readUpTo(handle: FileHandle, limit: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(limit)
  let filled = 0
  while (filled < limit) {
    const { bytesRead } = await handle.read(buffer, filled, limit - filled, null)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

function whyOf(error: unknown): Extract<FileReading, { ok: false }>['why'] {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing'
  return code === 'EISDIR' || code === 'ENXIO' || code === 'ELOOP' ? 'not-a-file' : 'unreadable'
}
