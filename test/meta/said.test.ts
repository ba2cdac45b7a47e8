/** What people are told to type exists: every command and flag in the pages, in the examples of --help, and in keyrot's own hints. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadCommands } from '../../scripts/commands.ts'

const ROOT = join(import.meta.dirname, '../..')
const PLACES = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'src/**/*.ts']

let flagsOf: Map<string, ReadonlySet<string>>

beforeAll(async () => {
  const commands = await loadCommands()
  flagsOf = new Map(commands.map(({ name, own, shared }) => [name, new Set([...Object.keys(own), ...Object.keys(shared), 'help'])]))
})

interface Said {
  readonly command: string
  readonly flags: readonly string[]
}

/** What follows `keyrot` in a code span, behind a prompt or in a hint, up to where that ends. Prose has no flags and no prompt before it. */
function saidIn(text: string): readonly Said[] {
  return [...text.matchAll(/(^|[`'"$|:] *)keyrot ([a-z]+)((?: +[^\s`|&;]+)*)/gm)].flatMap(([, before = '', first = '', rest = '']) => {
    const second = /^ +([a-z]+)(?= |$)/.exec(rest)?.[1] ?? ''
    const command = flagsOf.has(`${first} ${second}`) ? `${first} ${second}` : first
    const flags = [...rest.matchAll(/(?<= )--([a-z][a-z-]*)/g)].map(([, flag = '']) => flag)
    return flags.length > 0 || flagsOf.has(command) || before.startsWith('$') ? [{ command, flags }] : []
  })
}

describe('what people are told to type', () => {
  it.each(PLACES)('%s: commands and flags that exist', (pattern) => {
    const wrong = globSync(pattern, { cwd: ROOT }).flatMap((file) =>
      saidIn(readFileSync(join(ROOT, file), 'utf8')).flatMap(({ command, flags }) => {
        const known = flagsOf.get(command)
        const unknown = flags.filter((flag) => known?.has(flag) !== true)
        return known === undefined || unknown.length > 0 ? [`${file}: keyrot ${command} ${unknown.map((flag) => `--${flag}`).join(' ')}`] : []
      }),
    )
    expect(wrong).toEqual([])
  })
})
