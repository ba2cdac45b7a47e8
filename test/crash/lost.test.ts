/** A create whose answer is lost, through the whole of keyrot: by the cloud's log one POST per name, and one live key in the end. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stdout } from 'node:process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultRule } from '../../src/sandbox/openai/openai.ts'
import { FATES, takeUp } from './cell.ts'
import { judgeCreates, judgeEnd, judgeFiles } from './verdict.ts'
import { makeWorld, type Ended, type World } from './world.ts'

let home = ''
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'keyrot-home-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

interface Loss {
  readonly kind: FaultRule['kind']
  /** How many answers in a row. */
  readonly times: number
  /** Creates that took effect without their answer. */
  readonly costs: number
}

const lost = (kind: FaultRule['kind'], times = 1): Loss => ({ kind, times, costs: times })
const never = (kind: FaultRule['kind'], times = 1): Loss => ({ kind, times, costs: 0 })

const AFTER_EFFECT = [
  'effect-then-500',
  'effect-then-503',
  'effect-then-408',
  'effect-then-409',
  'reset-mid-body',
  'wrong-length',
  'malformed-json',
  'wrong-type',
] as const
const QUICK = [
  lost('effect-then-reset'),
  lost('effect-then-reset', 3),
  ...AFTER_EFFECT.map((kind) => lost(kind)),
  never('reset-before-headers', 2),
  never('500', 2),
]
/** The client gives up by its own deadline, half a minute of real time in which nothing happens. */
const SLOW = [lost('effect-then-timeout'), never('never-answers')]

const STRATEGIES = ['a key on the service account', 'an account of its own'] as const
const CREATE = /\/(?:api_keys|service_accounts)$/
const ROTATE = ['rotate', 'prod', '--yes', '--json']

async function inWorld(strategy: (typeof STRATEGIES)[number], play: (world: World) => Promise<void>): Promise<void> {
  const world = await makeWorld({ home, ownAccounts: strategy === 'an account of its own' })
  try {
    await play(world)
  } finally {
    await world.close()
  }
}

function arm(world: World, { kind, times }: Loss): () => number {
  const { sandbox } = world.project.cloud
  const id = sandbox.fault({ kind, times, match: { method: 'POST', path: CREATE.source } })
  return () => sandbox.faults().find((fault) => fault.id === id)?.hits ?? 0
}

function expectGoodEnd(world: World, last: Ended, costs: number): void {
  expect({ code: last.code, said: last.code === 0 ? '' : last.stdout + last.stderr }).toEqual({ code: 0, said: '' })
  expect(judgeCreates(world)).toEqual([])
  expect(judgeEnd(world, costs)).toEqual([])
  expect(judgeFiles(world, false)).toEqual([])
  expect(world.broken).toEqual([])
}

const creates = (world: World): number => world.project.cloud.sandbox.log.filter((entry) => entry.method === 'POST' && CREATE.test(entry.path)).length

describe.concurrent.each(STRATEGIES)('the answer to a create is lost: %s', (strategy) => {
  const told: string[] = []
  afterAll(() => stdout.write(`${told.toSorted().join('\n')}\n`))

  it.each([...QUICK, ...SLOW])('$kind, $times in a row', { timeout: 180_000 }, (loss) =>
    inWorld(strategy, async (world) => {
      const hits = arm(world, loss)
      const first = await world.keyrot(ROTATE)
      const { last, all } = first.code === 0 ? { last: first, all: [] } : await takeUp(world)
      told.push(
        `lost answers: ${strategy}, ${loss.kind} × ${loss.times}: exit 0 after ${all.length + 1} calls, ${creates(world)} creates, ${judgeCreates(world).length} names twice`,
      )
      expect(hits()).toBe(loss.times)
      expectGoodEnd(world, last, loss.costs)
    }),
  )

  it.each([lost('effect-then-timeout'), never('never-answers')].flatMap((loss) => FATES.map((state) => ({ ...loss, state }))))(
    '$kind, and keyrot is killed while it waits, the state $state',
    { timeout: 180_000 },
    ({ state, ...loss }) =>
      inWorld(strategy, async (world) => {
        const hits = arm(world, loss)
        const first = await world.keyrot(ROTATE, () => hits() === 1)
        expect(first.killed).toBe(true)
        expect(judgeFiles(world, true)).toEqual([])
        if (state === 'deleted') await rm(join(world.project.folder, '.keyrot'), { recursive: true })
        const { last, all, leaks } = await takeUp(world)
        told.push(
          `lost answers: ${strategy}, ${loss.kind}, killed, state ${state}: exit 0 after ${all.length} more calls, ${creates(world)} creates, ${judgeCreates(world).length} names twice`,
        )
        expect(leaks).toEqual([])
        // Without effect and without a record nothing anywhere says that the name was ever sent: it may be sent again.
        if (loss.costs === 0 && state === 'deleted') expectNameReused(world)
        else expectGoodEnd(world, last, loss.costs)
      }),
  )
})

/** The one exception: a create that never happened, forgotten by everybody. Everything else holds. */
function expectNameReused(world: World): void {
  expect(judgeCreates(world)).toEqual(['two POSTs for keyrot.testtest.prod.g1.a1'])
  expect(judgeEnd(world, 0).filter((line) => !line.startsWith('two POSTs'))).toEqual([])
  expect(world.broken).toEqual([])
}
