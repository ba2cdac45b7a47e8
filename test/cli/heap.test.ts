/** The bounds on the heap, each in a process of its own: once with it and once without. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** Keeps so much alive that V8 wants the space to grow, and says how large it got. */
const HEAP = JSON.stringify(join(import.meta.dirname, '..', '..', 'src', 'cli', 'outside', 'heap.ts'))
const GROW = `
  import { getHeapSpaceStatistics } from 'node:v8'
  import { boundHeap } from ${HEAP}
  if (process.env.BOUND === '1') boundHeap()
  const kept = []
  for (let round = 0; round < 600; round++) {
    for (let at = 0; at < 4_000; at++) kept[(round * 4_000 + at) % 200_000] = [at, round, 'x' + at]
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  process.stdout.write(String(space_size / 1024 / 1024))
`

function grown(bound: boolean): number {
  // A new space of 128 MB at most, as Node 24 has it by itself; Node 22 stops at 32 MB.
  const args = ['--max-semi-space-size=64', '--input-type=module', '--eval', GROW]
  return Number(execFileSync(process.execPath, args, { env: { BOUND: bound ? '1' : '0' }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }))
}

it('lets the space of young objects grow to 32 MB and no further', () => {
  expect(grown(true)).toBe(32)
  expect(grown(false)).toBeGreaterThan(32)
})

/** The same in one turn, as a config is read: no observer gets a word in. */
const READ = `
  import { getHeapSpaceStatistics } from 'node:v8'
  import { readingConfig } from ${HEAP}
  const kept = []
  await readingConfig(process.env.CONFIG, async () => {
    for (let at = 0; at < 1_000_000; at++) kept.push([at, 'x' + at])
  })
  const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  process.stdout.write(String(space_size / 1024 / 1024))
`

function read(config: string): number {
  const args = ['--max-semi-space-size=64', '--input-type=module', '--eval', READ]
  return Number(execFileSync(process.execPath, args, { env: { CONFIG: config }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }))
}

it('does not let it grow while a large config is read', () => {
  expect(read(join(import.meta.dirname, '..', '..', 'package-lock.json'))).toBeLessThan(16)
  expect(read(join(import.meta.dirname, '..', '..', 'package.json'))).toBeGreaterThan(32)
})

/** A ring of objects that all grow old: the most that the heap takes in MB. */
const AGE = `
  import { boundHeap } from ${HEAP}
  if (process.env.BOUND === '1') boundHeap()
  const ring = []
  let most = 0
  for (let round = 0; round < 900; round++) {
    for (let at = 0; at < 4_000; at++) ring[(round * 4_000 + at) % 300_000] = [at, round, 'x' + at]
    await new Promise((resolve) => setImmediate(resolve))
    most = Math.max(most, process.memoryUsage().heapTotal)
  }
  process.stdout.write(String(most / 1024 / 1024))
`

function aged(bound: boolean): number {
  // New objects take little either way: what differs is how many old ones lie.
  const args = ['--max-semi-space-size=8', '--input-type=module', '--eval', AGE]
  return Number(execFileSync(process.execPath, args, { env: { BOUND: bound ? '1' : '0' }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }))
}

it('collects old objects before as many lie again', () => {
  expect(aged(true)).toBeLessThan(0.8 * aged(false))
})
