/** The whole way, by the shipped binary: one key in every kind of target, consumers that never stop calling, and nobody refused. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { keyrot } from '../cli/support/cli.ts'
import { rotateWithout } from './without-reload.ts'
import { judgeEnd, KINDS, makeCloudWorld, refusedIn, type CloudWorld, type Kind } from './world.ts'

const WAITING = 10
const MOST_CALLS = 30
const CALLS_PER_SECOND = 50

describe('a key in use in four kinds of targets', { timeout: 180_000 }, () => {
  let world: CloudWorld | null = null
  afterEach(async () => {
    await world?.close()
    world = null
  })

  it('is rotated while eight consumers call fifty times a second each, and none is refused once', async () => {
    world = await makeCloudWorld({ callsPerSecond: CALLS_PER_SECOND })
    const codes = await rotate(world)
    await pause(1_500)
    const calls = world.clouds.consumers.calls()
    process.stdout.write(
      `cloud: exit codes ${codes.join(' ')}; ${sum(world, 'accepted')} calls accepted, ${sum(world, 'refused')} refused, by ${world.clouds.consumers.running().length} consumers\n`,
    )
    expect(codes.at(-1)).toBe(0)
    expect(judgeEnd(world)).toEqual([])
    expect(refusedIn(world)).toEqual([])
    for (const kind of KINDS) {
      const mine = calls.filter(({ consumer }) => consumer.startsWith(`${kind}/`))
      expect(new Set(mine.map(({ consumer }) => consumer)).size, kind).toBeGreaterThanOrEqual(2)
      expect(new Set(mine.map(({ fingerprint }) => fingerprint)), kind).toEqual(new Set([world.first, world.held(kind)]))
    }
  })

  it.each<[string, readonly Kind[]]>([
    ['pods', ['kubernetes']],
    ['a deployment', ['vercel']],
  ])('would be refused to %s without the reload', async (_, kinds) => {
    world = await makeCloudWorld({ kinds, callsPerSecond: CALLS_PER_SECOND })
    await rotateWithout(['reload', 'reloaded', 'stragglers', 'leftovers'], world)
    await pause(1_000)
    expect(refusedIn(world).length).toBeGreaterThanOrEqual(2)
  })
})

/** The command again and again until it no longer waits; its exit codes. */
async function rotate(world: CloudWorld): Promise<(number | null)[]> {
  const codes: (number | null)[] = []
  for (;;) {
    const { code, stderr } = await keyrot(['rotate', 'prod', '--yes', '--waive', 'revivable'], { cwd: world.folder, env: world.env })
    codes.push(code)
    if (code !== 0 && code !== WAITING) process.stdout.write(stderr)
    if (code !== WAITING || codes.length === MOST_CALLS) return codes
    await pause(500)
  }
}

function sum(world: CloudWorld, what: 'accepted' | 'refused'): number {
  return world.clouds.consumers.calls().reduce((total, calls) => total + calls[what], 0)
}
