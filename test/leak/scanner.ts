/** Looks for keys in bytes. It knows some keys by value, and the others by the mark that every OpenAI key holds. */
import { lstatSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ENCODINGS, readings } from './encodings.ts'

/** In the middle of every key that OpenAI, its sandbox and keyrot's made-up controls write. */
const MARK = 'T3Blbk' + 'FJ'

const PART = 20
/** What listings and messages may show of a key: its first eight and last four characters. */
const SHOWN_HEAD = 8
const SHOWN_TAIL = 4

export interface Sighting {
  readonly key: string
  readonly encoding: string
}

/** Finds a key also where it was cut short: any of three parts of it is enough. */
export function makeScanner(known: Readonly<Record<string, string>> = {}): (bytes: Buffer | string) => readonly Sighting[] {
  const wanted = [{ key: 'any key', part: MARK }, ...Object.entries(known).flatMap(([key, value]) => partsOf(value).map((part) => ({ key, part })))]
  const needles = wanted.flatMap(({ key, part }) =>
    ENCODINGS.flatMap((encoding) => encoding.needles(part).map((needle) => ({ key, encoding: encoding.name, needle }))),
  )
  return (bytes) => {
    const [text = '', ...rest] = readings(Buffer.from(bytes))
    const direct = needles.filter(({ needle }) => text.includes(needle))
    const indirect = needles.filter(({ needle }) => rest.some((reading) => reading.includes(needle)))
    const found = [...direct, ...indirect].map(({ key, encoding }) => ({ key, encoding }))
    return [...new Map(found.map((sighting) => [`${sighting.key} ${sighting.encoding}`, sighting])).values()]
  }
}

function partsOf(value: string): readonly string[] {
  const last = value.length - SHOWN_TAIL - PART
  return [SHOWN_HEAD, Math.floor((SHOWN_HEAD + last) / 4), last].map((from) => value.slice(from, from + PART))
}

export interface FileSighting extends Sighting {
  /** Below the folder that was searched. */
  readonly file: string
  readonly mode: number
}

/** Every regular file below the folder, names included, but those that `isAllowed` names. */
export function scanFolder(folder: string, scan: ReturnType<typeof makeScanner>, isAllowed: (file: string) => boolean): readonly FileSighting[] {
  return filesBelow(folder).flatMap((path) => {
    const file = relative(folder, path)
    if (isAllowed(file)) return []
    const mode = lstatSync(path).mode & 0o777
    return [...scan(file), ...scan(readFileSync(path))].map((sighting) => ({ ...sighting, file, mode }))
  })
}

/** Paths of all regular files below a folder; none where there is no folder. */
export function filesBelow(folder: string): readonly string[] {
  const entries = (() => {
    try {
      return readdirSync(folder, { withFileTypes: true })
    } catch {
      return []
    }
  })()
  return entries.flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : entry.isFile() ? [join(folder, entry.name)] : []))
}
