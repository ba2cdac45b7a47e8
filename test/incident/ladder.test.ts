/** A provider that does not obey, by the shipped binary: each rung in its turn, and nothing called dead without refusals. */
import { describe, expect, it, type TestContext } from 'vitest'
import type { SandboxOptions } from '../../src/sandbox/openai/openai.ts'
import { openScene, told, wrongAtTheEnd, type Scene, type Told } from './scene.ts'

interface OneFile extends Scene {
  readonly sandbox: Scene['world']['clouds']['openai']['sandbox']
  readonly project: string
  revoke(args: readonly string[]): Promise<Told>
}

async function scene({ onTestFinished }: TestContext, openai: Partial<SandboxOptions>): Promise<OneFile> {
  const opened = await openScene({ kinds: ['dotenv'], openai })
  onTestFinished(() => opened.close())
  const { sandbox, prepared } = opened.world.clouds.openai
  const revoke: OneFile['revoke'] = async (args) => told(await opened.run(['revoke', 'prod', '--json', ...args]))
  return { ...opened, sandbox, project: prepared.project, revoke }
}

const REFUSES = { keyDelete: 'refused-for-service-accounts' } as const
const DELETE_KEY = { method: 'DELETE', path: '/api_keys/' }
const UPDATE_KEY = { method: 'POST', path: '/api_keys/' }
const LAST_RESORT = expect.stringMatching(/^last resort.*keyrot revoke prod --stop-project$/)

describe.concurrent('a provider that does not obey', { timeout: 300_000 }, () => {
  it('refuses to delete: the key’s end is moved to now, and it is seen refused', async (test) => {
    const leak = await scene(test, REFUSES)
    const { code, text } = await leak.incident()
    expect(code, text).toBe(0)
    expect(await wrongAtTheEnd(leak)).toEqual([])
    expect(leak.sandbox.log.filter(({ method, path }) => method === 'DELETE' && path.includes('/service_accounts/'))).toEqual([])
  })

  it('refuses that, too: a person is wanted, and the last resort is offered and not taken', async (test) => {
    const leak = await scene(test, { ...REFUSES, faults: [{ kind: 'error', status: 403, match: UPDATE_KEY, times: -1, skip: 2 }] })
    const { code, run, text } = await leak.incident()
    expect(code, text).toBe(9)
    expect(run.code).toBe('KR_RETIRE_REFUSED')
    expect(run.hints).toContainEqual(LAST_RESORT)
    expect(leak.sandbox.key(leak.world.clouds.openai.prepared.keyId).alive).toBe(true)
    expect(leak.sandbox.state().projects.map(({ rateLimits }) => rateLimits)).toEqual([{}])
  })

  it('answers "deleted" and goes on accepting: never called dead', async (test) => {
    const leak = await scene(test, { deleteDelayMs: 86_400_000 })
    const { code, run, text } = await leak.incident()
    expect(code, text).toBe(9)
    expect(run.code).toBe('KR_NOT_OBSERVED_DEAD')
    expect(run.hints).toContainEqual(LAST_RESORT)
    expect(text).not.toMatch(/seen refused/)
  })

  it('lists what was a minute ago: refusals are what counts, and the look at the new key is made up for', async (test) => {
    const leak = await scene(test, { listDelayMs: 60_000 })
    const late = await leak.incident()
    expect([late.code, late.run.code, late.run.next?.command], late.text).toEqual([8, 'KR_COMMIT_NOT_SEEN', 'keyrot incident prod'])
    expect(late.run.message).toMatch(/seen refused/)
    expect(await wrongAtTheEnd(leak)).toEqual([])
    leak.time.pass(60_000)
    const { code, text } = await leak.incident()
    expect(code, text).toBe(0)
    expect(await wrongAtTheEnd(leak)).toEqual([])
  })

  it('has its project stopped by explicit word alone, and started again as it was', async (test) => {
    const leak = await scene(test, { deleteDelayMs: 86_400_000, faults: [{ kind: 'error', status: 403, match: DELETE_KEY, times: -1 }] })
    const calls = (): Promise<number> => call(leak)
    for (const args of [[], ['--yes'], ['--yes', '--confirm', 'prod']])
      expect((await leak.run(['revoke', 'prod', '--stop-project', ...args])).code).toBeGreaterThan(1)
    expect(await calls()).toBe(200)
    const stop = await leak.revoke(['--stop-project', '--yes', '--confirm', leak.project])
    expect([stop.code, stop.run.code]).toEqual([9, 'KR_PLACE_STOPPED'])
    expect(stop.text).toMatch(/outage: every program that calls a model/)
    expect(await calls()).toBe(429)
    // once more changes nothing of what is put back
    await leak.revoke(['--stop-project', '--yes', '--confirm', leak.project])
    const start = await leak.revoke(['--start-project'])
    expect([start.code, start.run.code]).toEqual([0, 'KR_PLACE_STARTED'])
    expect(await calls()).toBe(200)
    expect((await leak.revoke(['--start-project'])).run.code).toBe('KR_PLACE_UNKNOWN')
  })

  it('takes no limit of zero: one request a minute is left, and said', async (test) => {
    const leak = await scene(test, { leastRateLimit: 1 })
    const stop = await leak.revoke(['--stop-project', '--yes', '--confirm', leak.project])
    expect([stop.code, stop.run.code]).toEqual([9, 'KR_PLACE_STOPPED'])
    expect(stop.text).toMatch(/takes no limit of zero: 3 models still answer one request a minute/)
    expect([await call(leak), await call(leak)]).toEqual([200, 429])
  })
})

/** The status of one small call of a model with the key in use when the scene opened. */
async function call({ world, leaked }: Scene): Promise<number> {
  const answer = await fetch(`${world.clouds.openai.urls.openai}/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${leaked}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-5-mini', input: 'hi', max_output_tokens: 16 }),
  })
  return answer.status
}
