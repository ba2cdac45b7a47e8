/** What the trees and histories of scan benches are made of: the texts of installed packages, edited by numbers from a seed. */
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** The same numbers for the same seed (Lehmer's generator). */
export function numbers(seed: number): (below: number) => number {
  let state = (seed % 2_147_483_646) + 1
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

/** At most `count` texts of a size, as evenly taken from all packages as can be. */
export function texts(count: number, largest: number): string[] {
  const found = globSync('node_modules/**/*.{js,mjs,ts,mts,md,json,map,h}', { cwd: ROOT, exclude: (path) => path.endsWith('.min.js') }).toSorted()
  const step = Math.max(1, Math.floor(found.length / count / 2))
  const chosen = found.filter((_, at) => at % step === 0).map((path) => join(ROOT, path))
  return chosen
    .filter((path) => statSync(path).isFile() && statSync(path).size < largest && statSync(path).size > 200)
    .slice(0, count)
    .map((path) => readFileSync(path, 'utf8'))
}

/** Changes one line, as a person would; the text stays about as long as it was. */
export function edited(text: string, pick: (below: number) => number, words = `// revised ${pick(1_000_000)}`): string {
  const lines = text.split('\n')
  const at = pick(lines.length)
  lines[at] = `${lines[at] ?? ''} ${words}`.slice(-Math.max(160, words.length + 1))
  return lines.join('\n')
}
