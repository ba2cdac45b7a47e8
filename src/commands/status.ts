import * as Flags from '@oclif/core/flags'
import { FAIL_ON_WORDS, parseFailOn, statusExit, type FailOn } from '../audit/fail-on.ts'
import { gatherStatus } from '../audit/status.ts'
import { misused } from '../cli/base-command.ts'
import { ConfigCommand } from '../cli/config-command.ts'
import { nearest } from '../cli/command-line.ts'
import { listOf } from '../cli/flags.ts'
import { statusJson } from '../ui/json.ts'
import { statusMarkdown } from '../ui/markdown/status.ts'
import { statusLines } from '../ui/text/status.ts'

export default class Status extends ConfigCommand {
  static override summary = 'show every credential, what is wrong with it and what to type; changes nothing'
  static override description =
    'Asks the provider, every target and the record, and judges what they say: ages, owners, copies, drift, forgotten keys, open runs, limits. What each finding means and what makes it go away: docs/findings.md.'
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --json',
    '<%= config.bin %> status --fail-on error --fail-on shared-key',
    '<%= config.bin %> status --markdown >> "$GITHUB_STEP_SUMMARY"',
  ]
  static override flags = {
    'fail-on': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      env: 'KEYROT_FAIL_ON',
      description: 'exit 4 when something at least this bad is found (info, warning, error, never), or this finding, by its code; warning if not given',
      helpValue: 'SEVERITY|CODE',
    }),
    markdown: Flags.boolean({ exclusive: ['json'], description: 'as Markdown: the summary of a CI job' }),
  }

  override async run(): Promise<number> {
    const { flags } = await this.parse(Status)
    const failOn = failOnOf(listOf(flags['fail-on']))
    const session = await this.session(flags)
    const report = await gatherStatus(session.ws)
    this.show(
      flags.json,
      () => statusJson(report),
      () => (flags.markdown ? statusMarkdown(report) : statusLines(report, session.screen.columns)),
    )
    return statusExit(report, failOn)
  }
}

function failOnOf(words: readonly string[]): FailOn {
  const failOn = parseFailOn(words.length === 0 ? ['warning'] : words)
  if (!('unknown' in failOn)) return failOn
  const near = nearest(failOn.unknown, FAIL_ON_WORDS)
  throw misused(
    '--fail-on takes a severity or the code of a finding',
    ...(near === null ? [] : [`did you mean ${near}?`]),
    `known: ${FAIL_ON_WORDS.join(', ')}`,
  )
}
