import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tempFolder } from './kit.ts'

function fighter(folder: string, wins: number): Promise<{ signal: string | null; words: string[] }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'lock-child.ts'), folder, 'fight', String(wins)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.on('close', (_code, signal) => resolve({ signal, words: out.split('\n') }))
  })
}

describe('many processes that want one lock', () => {
  it('hold it one at a time, also when every holder dies with it', { timeout: 120_000 }, async () => {
    const folder = join(tempFolder(), '.keyrot')
    const fighters = 24
    const started = Array.from({ length: 4 }, async (_, lane) => {
      const results = []
      for (let n = lane; n < fighters; n += 4) results.push(await fighter(folder, 1 + (n % 5) * 6))
      return results
    })
    const results = (await Promise.all(started)).flat()
    const words = results.flatMap(({ words: said }) => said)
    const count = (word: string): number => words.filter((said) => said === word).length
    expect({ violations: count('violation'), lost: count('lost') }).toEqual({ violations: 0, lost: 0 })
    expect(results.every(({ signal }) => signal === 'SIGKILL')).toBe(true)
    expect(count('won')).toBe(Array.from({ length: fighters }, (_, n) => 1 + (n % 5) * 6).reduce((sum, wins) => sum + wins))
    // all but the last holder died and were taken over
    expect(count('took over')).toBe(fighters - 1)
  })
})
