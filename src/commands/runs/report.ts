import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { gatherExposure } from '../../audit/exposure.ts'
import { siblingsOf } from '../../audit/siblings.ts'
import { storyOf } from '../../audit/story.ts'
import { misused } from '../../cli/base-command.ts'
import { connectSite, openSite, type Site } from '../../cli/compose.ts'
import { ConfigCommand } from '../../cli/config-command.ts'
import { listOf } from '../../cli/flags.ts'
import { KEY_ID_FLAG, keyIdOf, momentOf } from '../../cli/key-flags.ts'
import { writePurgeFile } from '../../cli/runs/purge-file.ts'
import { findRun } from '../../cli/runs/find.ts'
import { toKeyrotError } from '../../domain/errors.ts'
import type { RunStory } from '../../domain/story.ts'
import type { Workspace } from '../../ports/workspace.ts'
import { storyJson } from '../../ui/json-story.ts'
import type { ExposureFacts } from '../../ui/text/exposure.ts'
import { runReportLines } from '../../ui/text/run-report.ts'

export default class RunsReport extends ConfigCommand {
  static override summary = 'tell one run in Markdown: timeline, exposure, what is left to do'
  static override description =
    'From the journal, and, unless --offline, from what the provider counted for the old key. For an incident it ends with the list of what no tool may do alone. A credential stands for its newest run.'
  static override args = { which: Args.string({ required: true, description: 'a run’s id, or a credential for its newest run' }) }
  static override examples = [
    '<%= config.bin %> runs report prod-api > incident.md',
    '<%= config.bin %> runs report prod-api --since 2026-11-19 --purge-file ../purge.txt',
  ]
  static override flags = {
    since: Flags.string({ description: 'when the key leaked, if anybody knows: how long ago, or a date (UTC)', helpValue: 'DURATION|DATE' }),
    'key-id': KEY_ID_FLAG,
    offline: Flags.boolean({ description: 'only what is on record here; asks no target and no provider' }),
    'purge-file': Flags.string({
      description: 'write the file for git filter-repo there, outside every repository; it holds shapes, no key',
      helpValue: 'FILE',
    }),
  }

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsReport)
    const leakedAt = flags.since === undefined ? null : momentOf(flags.since, '--since')
    const keyId = keyIdOf(flags['key-id'])
    const { screen } = this.surface()
    const site = await openSite({ config: flags.config, state: flags.state }, this.interruption, screen.say)
    const { credential, run } = await findRun(site, args.which)
    const purgeFile = flags['purge-file'] === undefined ? null : writePurgeFile(flags['purge-file'])
    const reading = run === null ? { events: [], damaged: 0, torn: false } : await site.records.journal(credential, run)
    const { record } = await site.records.load(credential)
    const story = storyOf(credential, run, reading, record)
    const ws = flags.offline ? null : await this.#connect(site, listOf(flags['allow-host']))
    const exposure = ws === null ? ({ is: 'not-asked' } as const) : await exposureOf(ws, story, { keyId, leakedAt })
    const cleanUp = {
      leaked: story.kind === 'incident' || leakedAt !== null || purgeFile !== null,
      siblings: ws === null || 'code' in ws ? null : siblingsOf(ws.credentials, credential),
      others: site.config.credentials.map(({ name }) => name).filter((name) => name !== credential),
      targets: site.config.credentials.find(({ name }) => name === credential)?.targets.map(({ name, type }) => ({ name, type })) ?? [],
      purgeFile,
    }
    this.show(
      flags.json,
      () => storyJson(story, exposure, cleanUp),
      () => runReportLines({ story, exposure, cleanUp }),
    )
    return 0
  }

  /** A report is made without secrets at hand, too. */
  async #connect(site: Site, allowHosts: readonly string[]): Promise<Workspace | { readonly code: string }> {
    try {
      return await connectSite(site, allowHosts, { prompter: null, watch: () => undefined, warn: this.surface().screen.say }, this.interruption)
    } catch (thrown) {
      return { code: codeOf(thrown) }
    }
  }
}

async function exposureOf(ws: Workspace | { readonly code: string }, story: RunStory, wish: Parameters<typeof gatherExposure>[3]): Promise<ExposureFacts> {
  if ('code' in ws) return { is: 'unread', code: ws.code }
  const credential = ws.credentials.find(({ name }) => name === story.credential)
  if (credential === undefined) throw misused('the config has no credential of this name')
  try {
    const exposure = await gatherExposure(ws, credential, story, wish)
    return exposure === null ? { is: 'nothing-to-ask' } : { is: 'read', exposure }
  } catch (thrown) {
    return { is: 'unread', code: codeOf(thrown) }
  }
}

/** Why something could not be read. An interruption, a mistake of the caller and a bug end the command. */
function codeOf(thrown: unknown): string {
  const error = toKeyrotError(thrown)
  if (['interrupted', 'usage', 'bug'].includes(error.kind)) throw error
  return error.code
}
