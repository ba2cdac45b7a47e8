/** A named slice of the crash matrix over the clouds. The whole of it: `npm run bench:cloud`. */
import { stdout } from 'node:process'
import { describe, expect, it } from 'vitest'
import type { Cell } from './cell.ts'
import { playMatrix } from './matrix.ts'
import { nameOf, tell } from './tell.ts'
import { KINDS } from './world.ts'

const MUST: readonly string[] = [
  'aws PutSecretValue',
  'aws UpdateSecretVersionStage',
  'POST /v13/deployments',
  'DELETE /v1/organization/projects/:id/api_keys/:id',
  '.env',
  'record',
]

/** Of every second kind of request and file one cell, and of those that must be among them; sides and fates in turn; of the many events of the journal one. */
function slice(whole: readonly Cell[]): readonly Cell[] {
  const kinds = Map.groupBy(whole, ({ name }) => (name.startsWith('journal ') ? 'journal' : name))
  const chosen = [...kinds].filter(([kind], index) => index % 2 === 0 || MUST.includes(kind))
  return chosen.flatMap(([, cells], index) => cells[index % cells.length] ?? [])
}

describe('keyrot killed at one of its effects on the clouds, and started again', () => {
  it('refuses no consumer and ends well: one cell of every second kind of effect, all targets', { timeout: 900_000 }, async () => {
    const matrix = await playMatrix({ subsets: [KINDS], pick: slice, atOnce: 4 })
    for (const line of tell(matrix)) stdout.write(`${line}\n`)
    expect(matrix.outcomes.filter((outcome) => outcome.bad.length > 0).map((outcome) => [nameOf(outcome.cell), ...outcome.bad])).toEqual([])
    expect(matrix.outcomes.filter(({ refused }) => refused > 0)).toEqual([])
    expect(matrix.outcomes.filter(({ reached }) => reached).length).toBeGreaterThanOrEqual(matrix.outcomes.length - 1)
    expect(new Set(matrix.outcomes.map(({ cell }) => `${cell.side} ${cell.state}`)).size).toBe(4)
    for (const kind of MUST) expect(matrix.outcomes.map(({ cell }) => cell.name)).toContain(kind)
  })
})
