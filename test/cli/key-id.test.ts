/** People paste keys where ids belong: what looks like a key is refused before it goes anywhere, and is not repeated. */
import { describe, expect, it } from 'vitest'
import { keyrot, KEY_LIKE, makeProject } from './support/cli.ts'

const PASTED = ['sk', 'proj', 'A1b2'.repeat(14) + 'T3BlbkFJ' + 'C3d4'.repeat(14)].join('-')

describe('a key given as its id', () => {
  it.each([
    ['incident', ['incident', 'prod', '--yes', '--confirm', 'prod']],
    ['revoke', ['revoke', 'prod', '--yes', '--confirm', 'prod']],
    ['usage', ['usage', 'prod']],
  ])('is refused by %s and not repeated', async (_, args) => {
    const project = await makeProject()
    try {
      for (const more of [[], ['--json']]) {
        const { code, stdout, stderr } = await keyrot([...args, '--key-id', PASTED, ...more], { cwd: project.folder, env: project.env })
        expect(stdout + stderr).not.toMatch(KEY_LIKE)
        expect([code, stdout + stderr]).toEqual([2, expect.stringContaining('looks like the key itself')])
      }
      expect(project.cloud.sandbox.log).toEqual([])
    } finally {
      await project.close()
    }
  })
})
