/** A large folder of source for benches, made from the texts of installed packages and a seed, with keys in a few of its files. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KINDS } from '../scan/kinds.ts'
import { chance } from '../simulation/clock.ts'
import { edited, numbers, texts } from './material.ts'

export interface LargeTree {
  readonly files: number
  readonly bytes: number
  /** Paths of the files that hold a key. */
  readonly planted: readonly string[]
}

const LARGEST = 1_000_000
const PER_FOLDER = 40
/** Folders on top: `part-0`, `part-1`, … of about one size. */
export const PARTS = 30
/** One file in so many holds a key. */
const PLANTED = 1_000
/** Known by their form: what every scanner has a rule for. */
const FORMED = KINDS.filter(({ named }) => !named)

/** Fills an existing empty folder with at least so many bytes. */
export function makeTree(folder: string, bytes: number, seed: number): LargeTree {
  const all = texts(Number.POSITIVE_INFINITY, LARGEST)
  const pick = numbers(seed)
  const random = chance(seed)
  const planted: string[] = []
  let written = 0
  let files = 0
  for (; written < bytes; files++) {
    const [place, path] = placeOf(files)
    if (files % PER_FOLDER === 0) mkdirSync(join(folder, place), { recursive: true })
    const holds = files % PLANTED === PLANTED / 2
    const text = edited(all[files % all.length] ?? '', pick, holds ? `key: "${random.pick(FORMED).draw(random)}"` : undefined)
    if (holds) planted.push(path)
    writeFileSync(join(folder, path), text)
    written += Buffer.byteLength(text)
  }
  return { files, bytes: written, planted }
}

function placeOf(file: number): readonly [string, string] {
  const own = Math.floor(file / PER_FOLDER)
  const place = `part-${own % PARTS}/module-${own}`
  return [place, `${place}/file-${file}.js`]
}
