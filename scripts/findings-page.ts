/** `docs/findings.md`, made from the table of findings. */
import type { FindingKind } from '../src/audit/finding.ts'
import { FINDINGS } from '../src/audit/findings.ts'
import { RECORD_ONLY } from '../src/audit/record-only.ts'

const WORDS = { error: 'error', warning: 'warning', info: 'note' } as const

/** The page, whole. */
export function findingsPage(): string {
  return [
    '# Findings of `keyrot status`',
    '',
    'Made from the source by `npm run generate`. A code is a promise: it is never renamed and never used for anything else. How to work with them: [the audit',
    'runbook](runbooks/audit.md); their form in JSON: [output for programs](json-output.md#status).',
    '',
    'The severity given is the worst a finding can be. `--fail-on` takes a severity (`info`, `warning`, `error`, `never`) or a code, may be repeated, and is `warning`',
    'if not given; what was found at or above it, or could not be read, ends with exit 4.',
    '',
    '| code | at worst | says |',
    '| --- | --- | --- |',
    ...FINDINGS.map(({ code, severity, title }) => `| [\`${code}\`](#${code}) | ${WORDS[severity]} | ${title} |`),
    '',
    ...FINDINGS.flatMap(section),
    '## Without state',
    '',
    'On a machine that kept no state, `status` says the same but for what nothing else knows: the id of an open run (`openRun`) and these findings:',
    `${RECORD_ONLY.filter((field) => field !== 'openRun')
      .map((code) => `[\`${code}\`](#${code})`)
      .join(', ')}. A test compares the two.`,
    '',
  ].join('\n')
}

function section({ code, severity, title, why, mend, recordOnly }: FindingKind): string[] {
  return [
    `## ${code}`,
    '',
    `${WORDS[severity].replace(/^./, (letter) => letter.toUpperCase())}: ${title}. ${why}`,
    '',
    `What makes it go away: ${mend.words}.${mend.command === null ? '' : ` Type: \`${mend.command}\`.`}${recordOnly === true ? ' Without the stored record it may not be found.' : ''}`,
    '',
  ]
}
