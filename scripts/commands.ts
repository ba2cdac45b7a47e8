/** The classes of all commands, found as oclif finds them: a file's path is its command's name, word by word. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from '@oclif/core'
import { wordsOf, type CommandWords } from './commands-page.ts'

const FOLDER = join(import.meta.dirname, '..', 'src', 'commands')

/** Words of every command under `src/commands`, by name. */
export async function loadCommands(): Promise<CommandWords[]> {
  const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length).replaceAll('\\', '/'))
    .toSorted()
  return Promise.all(
    names.map(async (name) => {
      const loaded = (await import(pathToFileURL(join(FOLDER, `${name}.ts`)).href)) as { readonly default: typeof Command }
      return wordsOf(name.replaceAll('/', ' '), loaded.default)
    }),
  )
}
