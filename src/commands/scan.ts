import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../cli/base-command.ts'
import { CONFIG_FLAGS, COMMON_FLAGS, listOf } from '../cli/flags.ts'
import { accepted, gathered, scanExit } from '../cli/scan/sources.ts'
import { showProgress } from '../cli/scan/progress.ts'
import type { Surface } from '../cli/outside/screen.ts'
import type { ConfigFlags, Session } from '../cli/session.ts'
import type { ScanReport } from '../domain/hit.ts'
import { inspectorWith } from '../scan/inspect.ts'
import { githubLines } from '../ui/github.ts'
import { scanJson } from '../ui/json.ts'
import { sarifOf } from '../ui/sarif.ts'
import { scanLines } from '../ui/text/scan.ts'

export default class Scan extends BaseCommand {
  static override summary = 'find keys where they must not be; needs no config, and changes nothing'
  static override description =
    'Looks through files and folders, the current one if none is named: what git keeps and what it would take. With a config, a key that keyrot rotates is told with its credential and whether it is alive. No key is ever shown.'
  static override usage = 'scan [PATH...] [flags]'
  static override strict = false
  static override baseFlags = { ...COMMON_FLAGS, ...CONFIG_FLAGS }
  static override examples = [
    '<%= config.bin %> scan',
    '<%= config.bin %> scan dist public --no-ignore',
    '<%= config.bin %> scan --staged',
    '<%= config.bin %> scan --range origin/main..HEAD --github',
    'docker history --no-trunc IMAGE | <%= config.bin %> scan --stdin',
    '<%= config.bin %> scan --verify --json',
  ]
  static override args = {
    path: Args.string({ name: 'path', required: false, ignoreStdin: true, description: 'files and folders; the current folder if not given' }),
  }
  static override flags = {
    'no-ignore': Flags.boolean({ description: 'every file, those too that git ignores' }),
    staged: Flags.boolean({ description: 'what would be committed: the index, not the work tree' }),
    history: Flags.boolean({ description: 'all that any commit of any ref holds, each text once, with the commit that first brought it' }),
    range: Flags.string({ description: 'what the commits of a range brought, as of a pull request', helpValue: 'FROM..TO' }),
    push: Flags.string({ description: 'what a push would send; reads what git gives a pre-push hook on stdin', helpValue: 'REMOTE' }),
    stdin: Flags.boolean({ description: 'look through stdin instead' }),
    baseline: Flags.string({
      env: 'KEYROT_BASELINE',
      description: 'accept what is in this file; .keyrot-baseline.json of the current folder if not given',
      helpValue: 'FILE',
    }),
    'update-baseline': Flags.boolean({ description: 'write the baseline anew: accept all that is found' }),
    sarif: Flags.boolean({ description: 'SARIF 2.1.0 on stdout, for code scanning', exclusive: ['json', 'github'] }),
    github: Flags.boolean({ description: 'annotations of GitHub Actions beside the words', exclusive: ['json', 'sarif'] }),
    verify: Flags.boolean({ description: 'ask OpenAI whether keys that no config knows are alive: one free call with each' }),
    'fail-on': Flags.option({
      options: ['info', 'warning', 'error', 'never'] as const,
      default: 'warning' as const,
      env: 'KEYROT_FAIL_ON',
      description: 'exit 4 when something at least this bad is found',
    })(),
  }

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Scan)
    const paths = argv as string[]
    const surface = this.surface()
    const progress = showProgress(surface.screen.terminal)
    this.atEnd(progress.clear)
    const found = await gathered(flags, paths, inspectorWith(), { signal: this.interruption.signal, progress: progress.show })
    progress.clear()
    const known = found.hits.some(({ key }) => key !== null) ? await this.#told(found, flags, surface) : found
    const report = await accepted(known, flags, paths, flags['update-baseline'])
    if (flags.sarif) this.show(true, () => sarifOf(report, this.config.version), nothing)
    else
      this.show(
        flags.json,
        () => scanJson(report),
        () => [...(flags.github ? githubLines(report.hits) : []), ...scanLines(report, surface.screen.columns)],
      )
    return scanExit(report, flags['fail-on'])
  }

  /** Whose keys they are. What reads configs and connects to providers is loaded only here: most commits hold no key. */
  async #told(found: ScanReport, flags: ConfigFlags & { readonly verify: boolean }, surface: Surface): Promise<ScanReport> {
    const [{ bareOpenai, enriched, hasConfig, keysOf }, { openSession }] = await Promise.all([import('../cli/scan/scan.ts'), import('../cli/session.ts')])
    const session = async (): Promise<Session> => {
      const opened = await openSession(flags, surface, this.interruption)
      this.atEnd(() => opened.view.close())
      return opened
    }
    return enriched(found, {
      managed: hasConfig(flags.config, CONFIG_FLAGS.config.default as string) ? keysOf(session) : null,
      prover: flags.verify ? () => bareOpenai(listOf(flags['allow-host']), this.interruption) : null,
      warn: surface.screen.say,
    })
  }
}

const nothing = (): readonly string[] => []
