/** A named slice of the crash matrix. The whole of it: `npm run bench:crash`. */
import { stdout } from 'node:process'
import { describe, expect, it } from 'vitest'
import { nameOf, playMatrix, tell } from './matrix.ts'

/** A prime, so that the slice goes through all four kinds of cells and all kinds of calls. */
const EVERY = 37

describe('keyrot killed at one of its calls, and started again', () => {
  it(`ends like an undisturbed run: every ${EVERY}th cell`, { timeout: 300_000 }, async () => {
    const matrix = await playMatrix({ every: EVERY, from: 0 })
    for (const line of [`crash: the slice "every ${EVERY}th"`, ...tell(matrix)]) stdout.write(`${line}\n`)
    expect(matrix.outcomes.filter((outcome) => outcome.bad.length > 0).map((outcome) => [nameOf(outcome.cell), ...outcome.bad])).toEqual([])
    expect(matrix.outcomes).toHaveLength(Math.ceil(matrix.whole / EVERY))
    expect(matrix.outcomes.filter((outcome) => outcome.reached).length).toBeGreaterThan(matrix.outcomes.length * 0.9)
    expect(new Set(matrix.outcomes.map(({ cell }) => `${cell.side} ${cell.state}`)).size).toBe(4)
    for (const kind of [
      'open',
      'write',
      'fsync',
      'rename',
      'link',
      'unlink',
      'mkdir',
      'fdatasync',
      'handle.write',
      'handle.chmod',
      'handle.sync',
      'socket.write',
      'socket.answer',
    ])
      expect(matrix.calls).toContain(kind)
  })
})
