/** All that any commit of this repository holds, under its own scan. What is old and harmless stands in `.keyrot-baseline.json`, with its reason. */
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { keyrot } from '../cli/support/cli.ts'

const ROOT = join(import.meta.dirname, '../..')
/** `false` = a clone with all of its history; else it is cut, or no clone at all. */
const shallow = spawnSync('git', ['rev-parse', '--is-shallow-repository'], { cwd: ROOT, encoding: 'utf8' }).stdout.trim()

interface Report {
  readonly pieces: number
  readonly hits: readonly {
    readonly rule: string
    readonly at: { readonly path: string; readonly line: number; readonly commit?: string }
    readonly known?: true
    readonly allowed?: string
  }[]
}

it.skipIf(shallow !== 'false')('finds nothing in the history of this repository', async () => {
  const { stdout, stderr } = await keyrot(['scan', '--history', '--json'], { cwd: ROOT, env: { HOME: tmpdir() } })
  expect(stderr).toBe('')
  const { pieces, hits } = JSON.parse(stdout) as Report
  expect(pieces).toBeGreaterThan(100)
  // A clone of one branch may lack what others brought: an entry that nothing needs is no fault here.
  const wrong = hits.filter(({ rule, known, allowed }) => known !== true && allowed === undefined && rule !== 'baseline-stale')
  expect(wrong.map(({ rule, at }) => `${at.commit ?? ''} ${at.path}:${at.line} ${rule}`)).toEqual([])
})
