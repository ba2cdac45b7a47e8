/**
 * A repository with a long history for benches, made from the sources of installed packages and a seed: real texts, edited commit by
 * commit, packed as `git gc` packs. Written through `git fast-import`, so that thousands of commits take seconds.
 */
import { spawn, spawnSync } from 'node:child_process'
import { edited, numbers, texts } from './material.ts'

export interface HistoryShape {
  readonly files: number
  readonly commits: number
  /** Files changed by each commit; the number of blobs is about `files + commits * edits`. */
  readonly edits: number
}

const LARGEST = 200_000

/** Makes the repository in an existing empty folder. */
export function makeHistory(folder: string, { files, commits, edits }: HistoryShape, seed: number): Promise<void> {
  const pick = numbers(seed)
  const all = texts(files, LARGEST)
  spawnSync('git', ['init', '-q', '-b', 'main', folder])
  const child = spawn('git', ['-C', folder, 'fast-import', '--quiet'], { stdio: ['pipe', 'ignore', 'inherit'] })
  const put = (text: string | Buffer): void => void child.stdin.write(text)
  const file = (at: number): void => {
    const bytes = Buffer.from(all[at] ?? '')
    put(`M 100644 inline src/part-${at % 40}/file-${at}.js\ndata ${bytes.length}\n`)
    put(bytes)
    put('\n')
  }
  for (let commit = 0; commit <= commits; commit++) {
    put(`commit refs/heads/main\ncommitter Bench <bench@example.com> ${1_700_000_000 + commit * 60} +0000\ndata 6\nchange\n`)
    const touched = commit === 0 ? all.map((_, at) => at) : Array.from({ length: edits }, () => pick(all.length))
    for (const at of new Set(touched)) {
      if (commit > 0) all[at] = edited(all[at] ?? '', pick)
      file(at)
    }
  }
  child.stdin.end()
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code !== 0) return reject(new Error('git fast-import failed'))
      spawnSync('git', ['-C', folder, '-c', 'gc.autoDetach=false', 'gc', '-q'])
      resolve()
    })
  })
}
