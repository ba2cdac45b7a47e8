/**
 * Wire faults through the shipped binary: a target, or the provider, whose every answer at one call site is spoilt. The exit code is the
 * one of the design (7 before anything was minted, 8 after), nothing hangs, nothing leaks; and once the wire is well again, the same
 * command comes to the end.
 */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeScanner, scanFolder } from '../leak/scanner.ts'
import { faultsFor } from './faults.ts'
import { HOSTILE_WORDS, UNFIT } from './hostile.ts'
import { leaksOf } from './judge.ts'
import { aws, dotenv, kubernetes, vercel, type MakePlace } from './places.ts'
import { fingerprint, makeScene, type Scene } from './scene.ts'
import { openai } from './subjects/openai.ts'

type Row = readonly [place: MakePlace, site: string, fault: string, code: number]

/** From the first request at the site on, for as long as the command runs. */
const ROWS: readonly Row[] = [
  [dotenv, 'GET api_keys', '503', 7],
  [dotenv, 'GET models', 'never-answers', 7],
  [dotenv, 'POST service_account api_keys', '500', 8],
  [dotenv, 'DELETE api_key', 'reset-before-headers', 8],
  [aws, 'DescribeSecret', 'refuse', 7],
  [aws, 'GetSecretValue', 'never-answers', 7],
  [aws, 'GetSecretValue', 'hostile 400 AccessDeniedException', 7],
  [aws, 'PutSecretValue', '503', 8],
  [aws, 'PutSecretValue', 'never-answers', 8],
  [aws, 'UpdateSecretVersionStage', '429, absurd', 8],
  [kubernetes, 'GET secret', 'malformed-json', 7],
  [kubernetes, 'POST access review', '503', 7],
  [kubernetes, 'PATCH secret', 'answer 409 Conflict', 8],
  [kubernetes, 'PATCH secret', 'hostile 422 Invalid', 8],
  [kubernetes, 'PATCH workload', 'login-page', 8],
  [kubernetes, 'GET pods', 'hostile 403 Forbidden', 8],
  [vercel, 'GET variables', 'gzip-bomb', 7],
  [vercel, 'GET variable', 'answer 404 not_found', 7],
  [vercel, 'PATCH variable', 'reset-before-headers', 8],
  [vercel, 'PATCH variable', 'hostile 403 forbidden', 8],
  [vercel, 'POST deployment', 'never-answers', 8],
]

/** Every answer to a change is lost, but the change is there: what was done is found, and nothing is done twice. */
const LOSES = 'effect-then-reset'
const LOST: readonly (readonly [place: MakePlace, site: string])[] = [
  [aws, 'PutSecretValue'],
  [aws, 'UpdateSecretVersionStage'],
  [kubernetes, 'PATCH secret'],
  [kubernetes, 'PATCH workload'],
  [vercel, 'PATCH variable'],
  [vercel, 'POST deployment'],
]

/** Faults that only a deadline ends. */
const HANGING = faultsFor(openai.dialect).flatMap(({ name, waits }) => (waits === true ? [name] : []))

async function spoil(scene: Scene, site: string, name: string): Promise<void> {
  const subject = openai.sites.some((each) => each.name === site) ? openai : scene.place.server?.subject
  const fault = faultsFor((subject ?? openai).dialect).find((each) => each.name === name)
  if (fault === undefined) throw new Error(`no fault is called ${name}`)
  await scene.proxies[(subject ?? openai).name]?.order({ fault, site, nth: 1, times: Infinity, before: 0 })
}

async function heal(scene: Scene): Promise<void> {
  for (const proxy of Object.values(scene.proxies)) await proxy.order(null)
}

function expectClean(scene: Scene, said: string): void {
  expect(leaksOf(scene.keys())(said)).toEqual([])
  expect(scanFolder(join(scene.folder, '.keyrot'), makeScanner(scene.keys()), () => false)).toEqual([])
  expect(said).not.toMatch(UNFIT)
  for (const word of HOSTILE_WORDS) expect(said).not.toContain(word)
}

const unnamed = (scene: Scene): readonly string[] =>
  Object.values(scene.proxies).flatMap(({ seen }) => seen.filter(({ site }) => site === null).map(({ method, path }) => `${method} ${path}`))

async function expectRotated(scene: Scene): Promise<void> {
  const print = fingerprint(await scene.place.current())
  const { keys } = scene.cloud.state()
  const old = keys.find((key) => key.fingerprint === fingerprint(scene.keys()['the old key'] ?? ''))
  expect(keys.find((key) => key.fingerprint === print)).toMatchObject({ alive: true, name: expect.stringContaining('keyrot.testtest.prod.') as string })
  expect(old?.alive).toBe(false)
}

async function inScene(place: MakePlace, fault: string, act: (scene: Scene, others: unknown) => Promise<void>): Promise<void> {
  const scene = await makeScene(place, { hangs: HANGING.includes(fault) })
  try {
    const others = await scene.place.others()
    await act(scene, others)
    expect(await scene.place.others()).toEqual(others)
  } finally {
    await scene.close()
  }
}

describe.concurrent('a rotation on a bad wire', () => {
  it.each(ROWS.map((row) => [`${row[0].name}, ${row[1]}: ${row[2]}`, ...row] as const))('%s', { timeout: 200_000 }, (_, place, site, fault, code) =>
    inScene(place, fault, async (scene) => {
      await spoil(scene, site, fault)
      const ran = await scene.keyrot('rotate', 'prod', '--yes')
      const minted = scene.cloud.state().keys.filter(({ name }) => name.startsWith('keyrot.'))
      expect([ran.code, ran.signal, ran.code === code ? '' : ran.stdout + ran.stderr]).toEqual([code, null, ''])
      expect(unnamed(scene)).toEqual([])
      expectClean(scene, ran.stdout + ran.stderr)
      expect(ran.stdout).toContain('next: keyrot rotate prod')
      if (code === 7) expect([minted, await scene.place.current()]).toEqual([[], scene.keys()['the old key']])
      await heal(scene)
      expect((await scene.toTheEnd()).at(-1)).toBe(0)
      await expectRotated(scene)
    }),
  )

  it.each(LOST.map((row) => [`${row[0].name}, ${row[1]}`, ...row] as const))(
    '%s: every answer is lost, and it ends well',
    { timeout: 200_000 },
    (_, place, site) =>
      inScene(place, LOSES, async (scene) => {
        await spoil(scene, site, LOSES)
        const ran = await scene.keyrot('rotate', 'prod', '--yes')
        expect([ran.code, ran.code === 0 ? '' : ran.stdout + ran.stderr]).toEqual([0, ''])
        expect(Object.values(scene.proxies).some(({ seen }) => seen.some((each) => each.fault !== null))).toBe(true)
        expect(scene.cloud.state().keys.filter(({ name }) => name.startsWith('keyrot.'))).toHaveLength(1)
        expectClean(scene, ran.stdout + ran.stderr)
        await expectRotated(scene)
      }),
  )
})
