/** Notices as the shipped command sends them: who takes none, or refuses it, changes nothing about a run. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startReceiver } from '../contract/sinks/receiver.ts'
import { keyrot, KEY_LIKE, makeProject } from './support/cli.ts'

const DUE = ['policy: { maxAge: 1d, warnBefore: 1h, overlap: 0s, quiet: 0s, verifyWindow: 20s, listDelay: 1s, revoke: auto }']

describe('a sink', { timeout: 120_000 }, () => {
  it.concurrent.each([
    ['that takes the notice', 200, true, null],
    ['that refuses it', 500, true, 'KR_NOTIFY_REFUSED'],
    ['whose address is missing', 200, false, 'KR_SECRET_UNAVAILABLE'],
  ] as const)('%s: the run ends the same', async (_, status, addressed, warned) => {
    const [receiver, project] = [await startReceiver(), await makeProject({ policy: DUE })]
    try {
      receiver.status = status
      await appendFile(join(project.folder, 'rotation.config.yaml'), 'notify:\n  team: { type: slack, url: env:HOOK }\n')
      const env = { ...project.env, ...(addressed ? { HOOK: receiver.url } : {}) }
      const { code, stdout, stderr } = await keyrot(['rotate', '--due', '--json'], { cwd: project.folder, env })
      const { runs, exit } = JSON.parse(stdout) as { runs: { status: string }[]; exit: number }
      expect([code, exit, runs.map((run) => run.status)], stderr).toEqual([0, 0, ['done']])
      expect(/warning: the notice to team was not sent: .*\((\w+)\)/.exec(stderr)?.[1] ?? null).toBe(warned)
      expect(receiver.received.map(({ body }) => JSON.parse(body))).toEqual(
        addressed ? [{ text: expect.stringMatching(/^prod: is on its new key everywhere/) }] : [],
      )
      expect(stderr + JSON.stringify(receiver.received)).not.toMatch(KEY_LIKE)
    } finally {
      await Promise.all([receiver.close(), project.close()])
    }
  })
})
