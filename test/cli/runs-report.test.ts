/** `keyrot runs report`: a run told as Markdown, with what it takes from the provider, without it, and without a journal. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MINUTE } from '../../src/domain/duration.ts'
import { CONTROL, KEY_LIKE, keyrot, makeProject, rotateToTheEnd, type Project, type Ran } from './support/cli.ts'

let made: Project

/** One rotation for all: nothing here changes what it left. */
beforeAll(async () => {
  made = await makeProject({ options: { usageLagMs: 0 } })
  made.cloud.sandbox.addCalls(made.cloud.prepared.keyId, { model: 'gpt-5-mini', times: 7, agoMs: 30 * MINUTE })
  const eve = { email: 'eve`|@x.invalid\u001b[31m', ip: '](http://x)' }
  made.cloud.sandbox.addEvent(made.cloud.prepared.keyId, { type: 'api_key.updated', agoMs: 20 * MINUTE, session: eve })
  expect((await rotateToTheEnd(made)).codes.at(-1)).toBe(0)
}, 200_000)

afterAll(() => made.close())

const report = (args: readonly string[] = [], env: Readonly<Record<string, string>> = made.env): Promise<Ran> =>
  keyrot(['runs', 'report', ...args], { cwd: made.folder, env })

describe('runs report', () => {
  it('tells a routine run, counts what the old key did, and shows no key', async () => {
    const { keyId } = made.cloud.prepared
    const ran = await report(['prod', '--since', '1h'])
    expect(ran.code, ran.stderr).toBe(0)
    expect(ran.stdout).toMatch(/^# Rotation: prod, run [a-z0-9]{12}$/m)
    expect(ran.stdout).toMatch(/\| outcome \| done \|/)
    expect(ran.stdout).toMatch(new RegExp(`\\| old key \\| \`${keyId}\` \\|`))
    expect(ran.stdout).toMatch(/\| new key in use \| `web` \|/)
    expect(ran.stdout).toMatch(/\*\*old key seen refused\*\*/)
    expect(ran.stdout).toMatch(/^\| 7 \| `gpt-5-mini` \| `completions` \| 56 \| 7 \|$/m)
    expect(ran.stdout).toContain("`eve'\u00a6@x.invalid` | `](http://x)`")
    expect(ran.stdout).toMatch(/git filter-repo .*\n +--replace-text/)
    expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
    expect(ran.stdout).not.toMatch(CONTROL)
    const prose = ran.stdout.replaceAll(/^```sh$[^]*?^```$/gm, '').split('\n')
    for (const line of prose.filter((text) => !text.startsWith('|'))) expect(line.length, line).toBeLessThanOrEqual(80)
    expect((await report(['prod'])).stdout).not.toContain('filter-repo')
  })

  it('leaves `runs` as it was, and is one object on request', async () => {
    const listed = JSON.parse((await keyrot(['runs', 'prod', '--json'], { cwd: made.folder, env: made.env })).stdout) as { runs: { run: string }[] }
    const run = listed.runs[0]?.run ?? ''
    expect((await keyrot(['runs', run], { cwd: made.folder, env: made.env })).stdout).toMatch(/promote web: done/)
    const ran = await report([run, '--json', '--since', '1h'])
    expect(JSON.parse(ran.stdout)).toMatchObject({
      credential: 'prod',
      run,
      kind: 'rotation',
      outcome: 'done',
      oldKey: { id: made.cloud.prepared.keyId },
      dead: { seen: 'refused' },
      exposure: { is: 'read', fromIs: 'leaked', calls: [{ model: 'gpt-5-mini', calls: 7 }] },
      leaked: true,
    })
    expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
    expect((await report(['nothing-of-this-name'])).code).toBe(2)
    expect((await report()).code).toBe(2)
  })

  it('is made without secrets, offline, and without rights; it says what it could not ask', async () => {
    const offline = await report(['prod', '--offline'], {})
    expect([offline.code, offline.stdout.includes('The provider was not asked')]).toEqual([0, true])
    const bare = await report(['prod'], { OPENAI_BASE_URL: made.env['OPENAI_BASE_URL'] ?? '' })
    expect([bare.code, bare.stdout.includes('`KR_SECRET_UNAVAILABLE`')]).toEqual([0, true])
    made.cloud.sandbox.fault({ kind: 'error', as: 'missing-scope-403', times: -1, match: { path: '/(usage|costs|audit_logs)' } })
    const refused = await report(['prod', '--since', '1h'])
    expect([refused.code, refused.stdout]).toEqual([0, expect.stringMatching(/not testable, the admin key lacks\s+the right/)])
    expect(refused.stdout).toContain('No call was counted in what could be read')
    made.cloud.sandbox.clearFaults()
  })

  it('is made of a lost journal: it claims nothing, and the provider still tells of a key that is named', async () => {
    const elsewhere = ['--state', join(made.folder, 'no-state')]
    const lost = await report(['prod', ...elsewhere])
    expect(lost.code).toBe(0)
    expect(lost.stdout).toMatch(/\| outcome \| \*\*not known\*\* \|/)
    expect(lost.stdout).toMatch(/there is no journal/)
    const named = await report(['prod', ...elsewhere, '--key-id', made.cloud.prepared.keyId, '--since', '1h'])
    expect(named.stdout).toMatch(/`api_key\.deleted`/)
    expect(named.stdout).toMatch(/^\| 7 \| `gpt-5-mini`/m)
  })

  it('writes the file for git filter-repo outside repositories only, and nothing else anywhere', async () => {
    execFileSync('git', ['init', '--quiet', made.folder])
    await mkdir(join(made.folder, 'deep'))
    for (const place of ['purge.txt', 'deep/purge.txt', '.git/purge.txt', 'nowhere/purge.txt'])
      expect((await report(['prod', '--purge-file', place])).code, place).toBe(5)
    const outside = join(dirname(made.cloud.envFile), 'purge.txt')
    const ran = await report(['prod', '--purge-file', outside])
    expect([ran.code, ran.stdout.includes(outside)]).toEqual([0, true])
    expect(await readFile(outside, 'utf8')).toMatch(/^regex:.*==>\*\*\*REMOVED\*\*\*\n/)
    expect(await readFile(outside, 'utf8')).not.toMatch(KEY_LIKE)
    expect((await stat(outside)).mode & 0o777).toBe(0o600)
    expect((await report(['prod', '--purge-file', outside])).code).toBe(0)
    await writeFile(outside, 'mine')
    expect((await report(['prod', '--purge-file', outside])).code).toBe(5)
    expect(await readFile(outside, 'utf8')).toBe('mine')
  })
})
