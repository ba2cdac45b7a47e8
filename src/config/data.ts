/** What a config file says, as plain data, and how much of it there may be. */

export type Data = string | number | boolean | null | readonly Data[] | DataMap
export interface DataMap {
  readonly [key: string]: Data
}

/** Whether a parsed part is a map with named members. */
export function isDataMap(data: Data | undefined): data is DataMap {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}

/** A map to be filled: on a null prototype, so that no key of the file can reach an object's own. */
export function emptyMap(): Record<string, Data> {
  return Object.create(null) as Record<string, Data>
}

export const DEEPEST = 20
/** What a file may unfold to: a thousand credentials in four targets each take 40,000; an alias bomb wants billions. */
export const MOST_NODES = 60_000
export const NEVER_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
