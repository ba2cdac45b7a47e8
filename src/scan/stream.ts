/** Looking through what arrives on stdin, whatever its length. */
import type { ScanReport } from '../domain/hit.ts'
import type { Inspector } from './inspect.ts'
import { LongText } from './long.ts'
import { WHOLE } from './tree/read.ts'

/** Held whole as long as a file would be, so that what it packs is unfolded; then it passes by. */
export async function scanStream(path: string, input: AsyncIterable<Buffer>, inspector: Inspector): Promise<ScanReport> {
  let held: Buffer[] = []
  let long: LongText | null = null
  let bytes = 0
  for await (const chunk of input) {
    bytes += chunk.length
    if (long !== null) long.push(chunk)
    else held.push(chunk)
    if (long !== null || bytes <= WHOLE) continue
    long = new LongText(inspector, { path })
    for (const each of held) long.push(each)
    held = []
  }
  const hits = long === null ? inspector.inspect({ path, bytes: Buffer.concat(held) }) : long.end()
  return { hits, skipped: [], pieces: 1, bytes }
}
