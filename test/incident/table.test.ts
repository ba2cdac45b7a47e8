/** The incident of a key in four kinds of targets, by the shipped binary over real HTTP: whatever is wrong, the leaked key ends refused. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, type TestContext } from 'vitest'
import { KEY_LIKE } from '../cli/support/cli.ts'
import type { Kill } from '../cloud/command.ts'
import { judgeConsumers, refusedByCloud } from '../cloud/verdict.ts'
import type { Wishes } from '../cloud/world.ts'
import { NOWHERE, openScene, wrongAtTheEnd, type Scene } from './scene.ts'

/** A scene that closes with its own test, whichever others run beside it. */
async function scene({ onTestFinished }: TestContext, wishes?: Wishes): Promise<Scene> {
  const opened = await openScene(wishes)
  onTestFinished(() => opened.close())
  return opened
}

const forget = ({ world }: Scene): Promise<void> => rm(join(world.folder, '.keyrot'), { recursive: true })
const ROTATE = ['rotate', 'prod', '--yes', '--waive', 'revivable', '--json']

describe.concurrent('an incident over four kinds of targets', { timeout: 300_000 }, () => {
  it('with the state gone in the middle of a rotation: both keys that were in use die', async (test) => {
    const leak = await scene(test)
    expect((await leak.run(ROTATE)).code).toBe(10)
    await forget(leak)
    const { code, text } = await leak.incident()
    expect(code, text).toBe(0)
    expect(await wrongAtTheEnd(leak)).toEqual([])
    expect(leak.world.clouds.openai.sandbox.state().keys.filter(({ alive }) => alive)).toHaveLength(1)
  })

  it('with one target down: by name it is left as a debt, and settled when it is back', async (test) => {
    const leak = await scene(test)
    const down = { env: { AWS_ENDPOINT_URL: NOWHERE } }
    const left = await leak.incident(['--without', 'aws'], down)
    expect(left.code, left.text).toBe(8)
    expect(left.run).toMatchObject({ code: 'KR_INCIDENT_DEBT', message: expect.stringContaining('aws'), next: { command: 'keyrot incident prod' } })
    expect(await wrongAtTheEnd(leak, ['aws'])).toEqual([])
    const settled = await leak.incident()
    expect(settled.code, settled.text).toBe(0)
    expect(await wrongAtTheEnd(leak)).toEqual([])
  })

  it('with one target down that nobody named: the others move, the key lives, and the command that names it ends it', async (test) => {
    const leak = await scene(test)
    const rule = leak.world.clouds.kubernetes.fault({ kind: 'refuse', times: -1 })
    const open = await leak.incident()
    expect(open.code, open.text).toBe(9)
    expect(open.run).toMatchObject({ code: 'KR_TARGET_UNREACHABLE', next: { command: 'keyrot incident prod --without kubernetes' } })
    expect(leak.world.held('kubernetes')).toBe(leak.world.first)
    expect(leak.world.held('vercel')).not.toBe(leak.world.first)
    expect(rule).toBeGreaterThan(0)
    const left = await leak.incident(['--without', 'kubernetes'])
    expect(left.code, left.text).toBe(8)
    expect(await wrongAtTheEnd(leak, ['kubernetes'])).toEqual([])
  })

  it('with one target that takes its time, and somebody who calls the leaked key all the while', async (test) => {
    const leak = await scene(test, { openai: { deleteDelayMs: 2_000 } })
    leak.world.clouds.vercel.hands.tune({ buildMs: 4_000 })
    const thief = steal(leak)
    const { code, text } = await leak.incident()
    expect(code, text).toBe(0)
    expect(await wrongAtTheEnd(leak)).toEqual([])
    const { accepted, refused } = await thief()
    expect(accepted).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(0)
    leak.world.clouds.openai.sandbox.addCalls(leak.world.clouds.openai.prepared.keyId, { model: 'gpt-5-mini', times: 7, agoMs: 60_000 })
    leak.time.pass(2_000)
    const told = await leak.run(['runs', 'report', 'prod', '--since', '1h'])
    expect(told.code, told.stderr).toBe(0)
    expect(told.stdout).toMatch(/^# Incident: prod/m)
    expect(told.stdout).toMatch(/\*\*old key seen refused\*\*/)
    expect(told.stdout).toMatch(/^\| 7 \| `gpt-5-mini`/m)
    expect(told.stdout).toMatch(/--replace-text/)
    expect(told.stdout + told.stderr + text).not.toMatch(KEY_LIKE)
  })

  it('severed first: the key is dead before anything is promoted, and its consumers come back in the same run', async (test) => {
    const leak = await scene(test, { callsPerSecond: 20, rereadMs: 50 })
    const { code, text, effects } = await leak.incident(['--sever-first'])
    expect(code, text).toBe(0)
    expect(await wrongAtTheEnd(leak)).toEqual([])
    const deleted = effects.findIndex((effect) => effect.startsWith('DELETE '))
    const promoted = effects.findIndex((effect) => effect === '.env' || effect === 'aws PutSecretValue' || effect.startsWith('PATCH '))
    expect(deleted).toBeGreaterThan(-1)
    expect(promoted).toBeGreaterThan(effects.findIndex((effect) => effect === 'journal step.done retire'))
    expect(promoted).toBeGreaterThan(deleted)
    expect(refusedByCloud(leak.world)).toBeGreaterThan(0)
    expect(await judgeConsumers(leak.world)).toEqual([])
  })
})

/** Calls with the leaked key until told to stop; resolves with how often it was let in and refused. */
function steal({ world, leaked }: Scene): () => Promise<{ accepted: number; refused: number }> {
  const counted = { accepted: 0, refused: 0 }
  let done = false
  const calling = (async () => {
    while (!done) {
      const { status } = await fetch(`${world.clouds.openai.urls.openai}/models`, { headers: { authorization: `Bearer ${leaked}` } })
      counted[status === 200 ? 'accepted' : 'refused']++
      await pause(20)
    }
  })()
  return async () => {
    done = true
    await calling
    return counted
  }
}

/** Where a rotation stands when the leak is found: killed right after its n-th effect of a name. */
const PHASES: readonly (readonly [string, string, number])[] = [
  ['minted', 'journal key.minted mint', 1],
  ['staged in part', 'aws PutSecretValue', 1],
  ['committed', 'POST /v1/organization/projects/:id/api_keys/:id', 1],
  ['promoted in part', 'PATCH /v9/projects/web/env/:id', 1],
  ['reloading', 'POST /v13/deployments', 1],
  ['deleting', 'DELETE /v1/organization/projects/:id/api_keys/:id', 1],
]

describe.concurrent('an incident over a rotation that was stopped', { timeout: 300_000 }, () => {
  it.for(PHASES)('when it was %s: everything ends on a third key, or the new one that nobody had', async ([, name, nth], test) => {
    const leak = await scene(test)
    await rotateUpTo(leak, { name, nth, side: 'after' })
    const { code, text } = await leak.incident()
    expect(code, text).toBe(0)
    expect(await wrongAtTheEnd(leak)).toEqual([])
  })

  it('goes back where only its new key has leaked', async (test) => {
    const leak = await scene(test)
    expect((await leak.run(ROTATE)).code).toBe(10)
    const fresh = leak.world.clouds.openai.sandbox.state().keys.find(({ fingerprint, alive }) => alive && fingerprint !== leak.world.first)
    const { code, text } = await leak.incident(['--key-id', fresh?.id ?? ''])
    expect(code, text).toBe(0)
    expect(leak.world.clouds.openai.sandbox.key(fresh?.id ?? '').alive).toBe(false)
    for (const kind of leak.world.kinds) expect(leak.world.held(kind), kind).toBe(leak.world.first)
  })
})

/** Rotates, in as many calls as it has waits, until it is killed there. */
async function rotateUpTo(leak: Scene, kill: Kill): Promise<void> {
  for (let calls = 0; calls < 3; calls++) {
    if ((await leak.run(ROTATE, { kill })).killed) return
    leak.time.pass(6_000)
  }
  throw new Error(`the rotation was over before ${kill.name}`)
}
