/** Every file below a folder, without asking git: for folders that git knows nothing of, and for `--no-ignore`. */
import { readdirSync, type Dirent } from 'node:fs'

/** Git's own store: its objects are packed, and `--history` reads them. */
const STORE = '.git'

/** Names of folders that could not be read go to `unreadable`. Links are not followed. Paths begin with the folder as it was given. */
export function* walk(folder: string, unreadable: (folder: string) => void): Generator<string> {
  const open = [folder]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const entry of entriesOf(next, unreadable)) {
      const path = next === '/' ? `/${entry.name}` : `${next}/${entry.name}`
      if (entry.isFile()) yield path
      else if (entry.isDirectory() && entry.name !== STORE) open.push(path)
    }
  }
}

function entriesOf(folder: string, unreadable: (folder: string) => void): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    unreadable(folder)
    return []
  }
}
