import { ConfigCommand } from '../cli/config-command.ts'
import { exitOf, pickNames, runOptions } from '../cli/session.ts'
import type { PlanReport } from '../domain/status.ts'
import { planRun } from '../engine/runs.ts'
import { plansJson } from '../ui/json.ts'
import { planLines } from '../ui/text/plan.ts'

export default class Plan extends ConfigCommand {
  static override summary = 'show what rotate would do; changes nothing'
  static override strict = false
  static override usage = 'plan [NAME…] [flags]'
  static override examples = ['<%= config.bin %> plan', '<%= config.bin %> plan prod-api --json']

  override async run(): Promise<number> {
    const { argv, flags } = await this.parse(Plan)
    const session = await this.session(flags)
    const plans: PlanReport[] = []
    for (const name of pickNames(session.site, argv as string[])) plans.push(await planRun(session.ws, name, runOptions(flags)))
    const now = session.ws.clock.now()
    this.show(
      flags.json,
      () => plansJson(plans),
      () => plans.flatMap((plan) => planLines(plan, now, session.screen.columns)),
    )
    return exitOf(plans)
  }
}
