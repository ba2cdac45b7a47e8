/** What `status` tells people to type, and what can wait. */
import { describe, expect, it } from 'vitest'
import type { StatusFinding, StatusReport } from '../../../src/domain/status.ts'
import { statusLines } from '../../../src/ui/text/status.ts'

function finding(code: string, severity: StatusFinding['severity'], command: string): StatusFinding {
  return { code, severity, subject: 'prod', message: 'm', evidence: {}, mend: 'w', command }
}

const advised = (findings: readonly StatusFinding[]): string[] => {
  const report = { at: 0, complete: true, credentials: [], providers: [], orphans: [], findings } as unknown as StatusReport
  const lines = statusLines(report, 80)
  return lines.slice(lines.findIndex((line) => /^(what to type|no hurry):$/.test(line))).filter((line) => line !== '')
}

describe('what status tells to type', () => {
  it('keeps a run that waits for its time apart from what wants somebody', () => {
    expect(advised([finding('open-run', 'info', 'keyrot rotate prod'), finding('overdue', 'warning', 'keyrot rotate api')])).toEqual([
      'what to type:',
      '  keyrot rotate api  (overdue)',
      'no hurry:',
      '  keyrot rotate prod  (open-run)',
      '1 warning, 1 note',
    ])
  })

  it('says a command once, with the haste of the worst that it mends', () => {
    expect(advised([finding('no-expiry', 'info', 'keyrot rotate prod'), finding('overdue', 'error', 'keyrot rotate prod')])).toEqual([
      'what to type:',
      '  keyrot rotate prod  (overdue, no-expiry)',
      '1 error, 1 note',
    ])
  })
})
