/** Looking through listed files, in one thread. */
import type { Hit, Skipped } from '../../domain/hit.ts'
import type { Inspector } from '../inspect.ts'
import { longHits } from '../long.ts'
import { fileReader } from './read.ts'

/** What one thread came to. */
export interface Share {
  readonly hits: readonly Hit[]
  readonly skipped: readonly Skipped[]
  /** Submodules, which git lists as if they were files. */
  readonly folders: readonly string[]
  readonly pieces: number
  readonly bytes: number
}

export interface FileScan {
  readonly scan: (paths: readonly string[]) => void
  readonly share: () => Share
}

/** A scan that grows with every call of `scan`. */
export function fileScan(inspector: Inspector): FileScan {
  const read = fileReader()
  const hits: Hit[] = []
  const skipped: Skipped[] = []
  const folders: string[] = []
  const seen = { pieces: 0, bytes: 0 }

  const scanFile = (path: string): void => {
    const reading = read(path)
    if (reading.is === 'folder') folders.push(path)
    if (reading.is === 'unreadable') skipped.push({ path, why: 'unreadable' })
    if (reading.is !== 'whole' && reading.is !== 'long') return
    const found =
      reading.is === 'whole'
        ? { hits: inspector.inspect({ path, bytes: reading.bytes }), bytes: reading.bytes.length }
        : longHits(inspector, { path }, reading.next)
    seen.pieces++
    seen.bytes += found.bytes
    for (const hit of found.hits) hits.push(hit)
  }
  return { scan: (paths) => paths.forEach(scanFile), share: () => ({ hits, skipped, folders, ...seen }) }
}
