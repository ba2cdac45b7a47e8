/**
 * Bounds on the garbage that V8 lets lie. It doubles the space in which it makes new objects whenever enough has outlived a collection,
 * up to 128 MB where a machine has memory to spare, and lets old ones pile up to several times what is alive: for a run over a thousand
 * targets that is most of what the process holds. Bounded, collections take no more time (docs/decisions/0030-the-heap-is-bounded.md).
 */
import { statSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Of new objects, both halves: what is collected is copied from one to the other. A heap below that is left alone. */
const ENOUGH = 32 * 1024 * 1024
/** Of old objects, in percent of those that were alive at the last collection. */
const GARBAGE = 40

/** Lets new objects take 32 MB and no more, and collects old ones sooner. Node's switches could say so beforehand, and nobody types those. */
export function boundHeap(): void {
  let collectsSooner = false
  const observer = new PerformanceObserver(() => {
    // `node:v8` is loaded by the first look: most commands end before their heap is that large.
    if (process.memoryUsage().heapTotal < ENOUGH) return
    if (!collectsSooner) setFlagsFromString(`--heap-growing-percent=${GARBAGE}`)
    collectsSooner = true
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
    if (young === undefined || young.space_size < ENOUGH) return
    setFlagsFromString('--semi-space-growth-factor=1')
    observer.disconnect()
  })
  observer.observe({ entryTypes: ['gc'] })
}

/** A config of more credentials than that: below, the space is far from its bound at the end. */
const LARGE = 64 * 1024

/**
 * Reads a config without letting the space grow, if the file is large: nearly all that it becomes outlives its reading, so the space would be
 * doubled to its end at once, and nothing could be said in between, since all of it is one turn of the event loop.
 */
export async function readingConfig<T>(path: string, read: () => Promise<T>): Promise<T> {
  if (sizeOf(path) < LARGE) return read()
  setFlagsFromString('--semi-space-growth-factor=1')
  try {
    return await read()
  } finally {
    // V8's own
    setFlagsFromString('--semi-space-growth-factor=2')
  }
}

/** What cannot be looked at is for the reading to say. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
