import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { refused } from '../cli/base-command.ts'
import { RunCommand } from '../cli/run-command.ts'
import { runOptions, type Session } from '../cli/session.ts'
import type { ApprovalSubject } from '../domain/run.ts'
import { approve } from '../engine/approve.ts'
import { approvalJson } from '../ui/json.ts'
import { approvalLines } from '../ui/text/approval.ts'

export default class Approve extends RunCommand {
  static override summary = 'say that an old key may die, where policy asks for an approval'
  static override description =
    'The approval is for exactly the plan, the generation and the keys that are shown, and holds for policy.approvalLife. It revokes nothing by itself. Without a person at the terminal: --yes --plan HASH.'
  static override args = { which: Args.string({ required: true, description: 'a credential of the config, or the id of its open run' }) }
  static override examples = ['<%= config.bin %> approve prod-api', '<%= config.bin %> approve prod-api --yes --plan 1f2e3d4c5b6a7980']
  static override flags = { plan: Flags.string({ description: 'the hash of the plan that is meant, as plan shows it', helpValue: 'HASH' }) }

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(Approve)
    const session = await this.session(flags, true)
    const subject = await approve(session.ws, args.which, runOptions(flags), (shown) => agrees(session, shown, flags))
    await session.view.close()
    this.show(
      flags.json,
      () => approvalJson(subject),
      () => [`${subject.credential}: approved`, ...approvalLines(subject, session.ws.clock.now()).map((line) => `  ${line}`)],
    )
    return 0
  }
}

/** By naming the plan, or by a person who has seen it. */
async function agrees(
  { prompter, ws }: Session,
  subject: ApprovalSubject,
  flags: { readonly yes: boolean; readonly plan?: string | undefined },
): Promise<boolean> {
  if (flags.plan !== undefined && flags.plan !== subject.planHash)
    throw refused('KR_APPROVAL_MISMATCH', `the plan of ${subject.credential} is another one: ${subject.planHash}`, 'look at it anew: keyrot plan')
  if (flags.yes && flags.plan !== undefined) return true
  if (prompter === null)
    throw refused(
      'KR_APPROVAL_NOT_GIVEN',
      'nobody is here to approve',
      `approve it with: keyrot approve ${subject.credential} --yes --plan ${subject.planHash}`,
    )
  return prompter.confirm({ id: 'approve', title: `may the old key of ${subject.credential} die?`, facts: approvalLines(subject, ws.clock.now()) })
}
