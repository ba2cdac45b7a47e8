import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { leakScanJob } from '../../../src/scan/ci.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/hook.md'), 'utf8')

describe('the CI job', () => {
  it('is what the page shows', () => {
    const shown = /```yaml\non: .*\njobs:\n([^]*?)```/.exec(PAGE)?.[1]
    expect(shown).toBe(leakScanJob('github').replaceAll(/^(?=.)/gm, '  '))
  })

  it('of GitHub reads only, fetches all of history, and puts foreign words into no script', () => {
    const { leaks } = parse(leakScanJob('github')) as { leaks: { permissions: object; steps: { with?: Record<string, unknown>; run?: string }[] } }
    expect(leaks.permissions).toEqual({ contents: 'read' })
    expect(leaks.steps[0]?.with).toEqual({ 'fetch-depth': 0, 'persist-credentials': false })
    expect(leaks.steps.filter(({ run }) => run?.includes('${{'))).toEqual([])
  })

  it('of GitLab is a job with a report', () => {
    const { leaks } = parse(leakScanJob('gitlab')) as { leaks: { variables: object; script: string[] } }
    expect(leaks.variables).toEqual({ GIT_DEPTH: 0 })
    expect(leaks.script.join('\n')).toContain('--range "$BASE..HEAD"')
  })
})
