/** `keyrot usage` as its user meets it: complete, partial, without rights, in hostile company; it changes nothing and shows no key. */
import { afterEach, describe, expect, it } from 'vitest'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HOUR } from '../../src/domain/duration.ts'
import { CONTROL, KEY_LIKE, keyrot, makeProject, type Project, type Ran } from './support/cli.ts'

const open: Project[] = []
afterEach(async () => {
  for (const made of open.splice(0)) await made.close()
})

/** A key that was called by day for two weeks, and by somebody else for the last hours. */
async function abused(): Promise<Project> {
  const made = await makeProject({ options: { usageLagMs: 0 } })
  open.push(made)
  const { sandbox, prepared } = made.cloud
  for (let ago = 24; ago < 14 * 24; ago += 1) if (ago % 24 < 12) sandbox.addCalls(prepared.keyId, { model: 'gpt-5-mini', times: 10, agoMs: ago * HOUR })
  sandbox.addCalls(prepared.keyId, { model: '\u001b[31mgpt-4o\u202e', times: 500, inputTokens: 5_000_000, agoMs: HOUR })
  sandbox.addEvent(prepared.keyId, { type: 'api_key.updated', agoMs: 2 * HOUR, session: { email: '\u001b]0;eve\u0007@x.invalid', ip: '::error::192.0.2.7' } })
  return made
}

const run = (made: Project, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Ran> =>
  keyrot(['usage', 'prod', ...args], { cwd: made.folder, env: { ...made.env, ...env } })

describe('usage', () => {
  it('says what is new, draws it within 80 columns in ASCII, and obeys nobody', async () => {
    const made = await abused()
    const ran = await run(made)
    expect(ran.code, ran.stderr).toBe(0)
    expect(ran.stdout).toMatch(/^new since then:$/m)
    expect(ran.stdout).toMatch(/model gpt-4o \(completions\): 500 calls/)
    expect(ran.stdout).toMatch(/api_key\.updated by @x\.invalid from : :error::192\.0\.2\.7/)
    expect(ran.stdout).toMatch(/^calls per hour$/m)
    for (const line of ran.stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    expect(ran.stdout).toMatch(/^[\n\x20-\x7e]+$/)
    expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
    expect((await run(made, [], { LANG: 'C.UTF-8' })).stdout).toContain('█')
  })

  it('is one JSON object on request, and changes nothing at the provider or here', async () => {
    const made = await abused()
    const before = [await made.read('.env'), JSON.stringify(made.cloud.sandbox.state().keys.map(({ id, alive, expiresAt }) => [id, alive, expiresAt]))]
    const ran = await run(made, ['--json', '--since', '6h', '--key-id', made.cloud.prepared.keyId])
    const report = JSON.parse(ran.stdout) as Record<string, any>
    expect(report).toMatchObject({ credential: 'prod', verdict: 'new', complete: true, key: { because: 'named' }, since: { calls: 500 } })
    expect(report['origins'].map(({ state }: { state: string }) => state)).toEqual(Array.from({ length: 8 }, () => 'read'))
    expect(ran.stdout).not.toMatch(CONTROL)
    expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
    expect(made.cloud.sandbox.log.filter(({ method }) => method !== 'GET')).toEqual([])
    expect([await made.read('.env'), JSON.stringify(made.cloud.sandbox.state().keys.map(({ id, alive, expiresAt }) => [id, alive, expiresAt]))]).toEqual(before)
  })

  it('shows what it could read, and says what it has no right to', async () => {
    const made = await abused()
    const refuse = (path: string) => made.cloud.sandbox.fault({ kind: 'error', as: 'missing-scope-403', times: -1, match: { path } })
    refuse('/usage/images')
    refuse('/audit_logs')
    const partial = await run(made)
    expect(partial.code).toBe(0)
    expect(partial.stdout).toMatch(/calls: images: not testable, the admin key lacks the right/)
    expect(partial.stdout).toMatch(/audit log: not testable/)
    expect(partial.stdout).toMatch(/they are not complete/)
    refuse('/usage/')
    const blind = await run(made)
    expect([blind.code, blind.stdout]).toEqual([7, ''])
    expect(blind.stderr).toMatch(/no usage of prod could be read/)
  })

  it('waits out a refusal for haste', async () => {
    const made = await abused()
    made.cloud.sandbox.fault({ kind: 'error', as: 'rate-limit', retryAfter: '1', match: { path: '/usage/completions' } })
    const ran = await run(made, ['--json', '--since', '6h'])
    expect(JSON.parse(ran.stdout)).toMatchObject({ complete: true, since: { calls: 500 } })
  })

  it('says so where the provider tells nothing, and where a key or a future is given', async () => {
    const made = await abused()
    await writeFile(join(made.folder, 'bare.yaml'), (await made.read('rotation.config.yaml')).replace("adminKey: 'env:OPENAI_ADMIN_KEY', ", ''))
    const bare = await run(made, ['--config', 'bare.yaml'])
    expect(bare.code).toBe(7)
    expect(bare.stderr).toContain('tells no usage by key')
    const pasted = await run(made, ['--key-id', made.cloud.prepared.keyValue])
    expect(pasted.code).toBe(2)
    expect(pasted.stderr + pasted.stdout).not.toMatch(KEY_LIKE)
    expect((await run(made, ['--since', '2999-01-01'])).code).toBe(2)
    expect((await run(made, ['--since', 'soon'])).code).toBe(2)
  })
})
