/** A folder, a config and an OpenAI of its own, in which nothing is wrong; and hands to do wrong with. keyrot is the shipped command. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { catalog } from '../../src/adapters/catalog.ts'
import { gatherStatus } from '../../src/audit/status.ts'
import { configFiles } from '../../src/cli/outside/config-files.ts'
import { loadConfig } from '../../src/config/load.ts'
import { findingsOf, type StatusFinding } from '../../src/domain/status.ts'
import type { Provider } from '../../src/ports/provider.ts'
import type { Clock } from '../../src/ports/system.ts'
import type { BoundCredential, Workspace } from '../../src/ports/workspace.ts'
import { openRecords } from '../../src/state/record.ts'
import { surroundings } from '../contract/providers/bench.ts'
import { startSandbox, type KeyWish, type Sandbox } from '../../src/sandbox/openai/openai.ts'
import { keyrot, type Ran } from '../cli/support/cli.ts'

export const NS = 'testtest'
const DAY_S = 86_400
export const DAY = DAY_S * 1000

/** Quick, but never instant. */
const QUICK = { createDelayMs: 1, deleteDelayMs: 1, listDelayMs: 1, lastUsedLagMs: 1, lastUsedGranularityMs: 1, usageLagMs: 1 }

export interface Finding {
  readonly code: string
  readonly severity: string
  readonly subject: string
  readonly message: string
  readonly evidence: Readonly<Record<string, unknown>>
  readonly mend: string
  readonly command: string | null
}

export interface Status {
  readonly code: number | null
  readonly report: Readonly<Record<string, any>>
  readonly findings: readonly Finding[]
}

/** Which credential is kept in which target (a `.env` file each), and what the target serves. */
export type Layout = Readonly<Record<string, Readonly<Record<string, string | null>>>>

/** The moment at which time was told to stand still, if it was. */
interface StageTime {
  stillAt: number | null
}

function nowOf({ stillAt }: StageTime): number {
  return stillAt ?? Date.now()
}

export class Scene {
  readonly sandbox: Sandbox
  readonly folder: string
  readonly project: string
  readonly account: string
  adminKey: string
  /** A good key: of a service account, a month old, with an end, used just now. */
  readonly good: { readonly id: string; readonly value: string }
  policy: readonly string[] = ['overlap: 0s', 'quiet: 0s', 'verifyWindow: 20s', 'listDelay: 1s', 'revoke: auto']
  readonly #time: StageTime

  private constructor(sandbox: Sandbox, folder: string, time: StageTime) {
    this.sandbox = sandbox
    this.folder = folder
    this.#time = time
    this.project = sandbox.addProject('Team').id
    this.account = sandbox.addServiceAccount(this.project, 'app').id
    this.adminKey = sandbox.adminKey
    sandbox.setSpendLimit(this.project, 100_00)
    sandbox.setSpendAlert(this.project, 50_00)
    sandbox.allowModels(this.project, ['gpt-5-mini'])
    this.good = this.key()
  }

  /** One credential `prod` with its good key in `web.env`, until told otherwise. */
  static async open(): Promise<Scene> {
    const time: StageTime = { stillAt: null }
    const sandbox = await startSandbox({ ...QUICK, clock: () => nowOf(time) })
    const scene = new Scene(sandbox, await mkdtemp(join(tmpdir(), 'keyrot-status-')), time)
    await scene.lay({ prod: { web: null } })
    await scene.put('web', scene.good.value)
    return scene
  }

  async close(): Promise<void> {
    await this.sandbox.close()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** From here on it is this moment, for the provider and for whoever looks: two looks differ in what they see, not in when. */
  holdStill(): void {
    this.#time.stillAt ??= Date.now()
  }

  /** A key that is good but for what is wished otherwise. */
  key(wish: KeyWish & { readonly used?: boolean; readonly person?: boolean } = {}): { id: string; value: string } {
    const { used, person, ...rest } = wish
    const owner = person === true ? {} : { serviceAccount: this.account }
    const key = this.sandbox.addKey({ project: this.project, ...owner, name: 'by hand', ageMs: 30 * DAY, expiresInSeconds: 300 * DAY_S, ...rest })
    if (used !== false) this.sandbox.useKey(key.id)
    return key
  }

  /** Writes the config. */
  async lay(layout: Layout): Promise<void> {
    const targets = Object.values(layout).flatMap((each) => Object.entries(each))
    const lines = [
      'version: 1',
      `ns: ${NS}`,
      'policy:',
      ...this.policy.map((line) => `  ${line}`),
      'providers:',
      `  main: { type: openai, project: ${this.project}, serviceAccount: ${this.account}, adminKey: 'env:OPENAI_ADMIN_KEY', scopes: all, probe: { models: [gpt-5-mini] } }`,
      'targets:',
      ...targets.map(
        ([name, environment]) =>
          `  ${name}: { type: dotenv, path: ${name}.env, consumers: reread${environment === null ? '' : `, environment: ${environment}`} }`,
      ),
      'credentials:',
      ...Object.entries(layout).map(([name, each]) => `  ${name}: { provider: main, targets: [${Object.keys(each).join(', ')}] }`),
    ]
    await writeFile(join(this.folder, 'rotation.config.yaml'), `${lines.join('\n')}\n`)
  }

  put(target: string, value: string, fallback?: string): Promise<void> {
    const lines = [`OPENAI_API_KEY=${value}`, ...(fallback === undefined ? [] : [`OPENAI_API_KEY_FALLBACK=${fallback}`])]
    return writeFile(join(this.folder, `${target}.env`), `${lines.join('\n')}\n`, { mode: 0o600 })
  }

  /** The key that a target gives out. */
  async held(target: string): Promise<string> {
    return /^OPENAI_API_KEY=(.*)$/m.exec(await readFile(join(this.folder, `${target}.env`), 'utf8'))?.[1] ?? ''
  }

  run(args: readonly string[]): Promise<Ran> {
    return keyrot(args, { cwd: this.folder, env: { OPENAI_BASE_URL: this.sandbox.url, OPENAI_ADMIN_KEY: this.adminKey } })
  }

  /** What a person types, with what a person would have answered; again and again while it only waits. */
  async type(command: string): Promise<Ran> {
    const [, ...args] = command.split(' ')
    const name = args[1] ?? ''
    const answers = args[0] === 'revoke' ? ['--yes', '--confirm', name] : ['--yes']
    for (let times = 0; ; times += 1) {
      const ran = await this.run([...args, ...answers])
      if (ran.code !== 10 || times > 20) return ran
      await pause(200)
    }
  }

  /** The same adapters, record and audit in this process: what `keyrot status` would find. */
  async audit(): Promise<readonly StatusFinding[]> {
    return findingsOf(await gatherStatus(await this.workspace()))
  }

  /** Fresh ports over the real adapters, as a new process has them. Whoever changes something through them finds no lock. */
  async workspace(): Promise<Workspace> {
    const config = await loadConfig(join(this.folder, 'rotation.config.yaml'), { files: configFiles, catalog })
    const around = {
      ...surroundings({ env: { OPENAI_BASE_URL: this.sandbox.url }, secrets: { 'env:OPENAI_ADMIN_KEY': this.adminKey } }),
      root: config.root,
      stateDir: join(config.root, '.keyrot'),
    }
    const providers = new Map<string, Provider>()
    const credentials: BoundCredential[] = []
    for (const { name, policy, provider, targets } of config.credentials) {
      const connected = providers.get(provider.name) ?? (await provider.declaration.connect(provider.name, provider.settings, around))
      providers.set(provider.name, connected)
      const bound = targets.map(async ({ declaration, settings, ...target }) => ({
        ...target,
        target: await declaration.connect(target.name, settings, { ...around, ns: config.ns, credential: name }),
      }))
      credentials.push({ name, policy, provider: connected, providerName: provider.name, targets: await Promise.all(bound) })
    }
    const { ids } = around
    const clock: Clock = { now: () => nowOf(this.#time), sleep: (ms) => around.clock.sleep(ms) }
    const records = await openRecords(around.stateDir, { clock, ids })
    const locks = { acquire: () => Promise.reject(new Error('nothing here may lock')) }
    return { ns: config.ns, credentials, clock, ids, records, locks, prompter: null, signal: around.signal, watch: () => undefined }
  }

  async status(more: readonly string[] = []): Promise<Status> {
    const { code, stdout, stderr } = await this.run(['status', '--json', ...more])
    if (stdout === '') throw new Error(stderr)
    const report = JSON.parse(stdout)
    if (report.credentials === undefined) throw new Error(stdout)
    const ofCredentials = report.credentials.flatMap((each: any) => [...each.findings, ...each.targets.flatMap((target: any) => target.findings)])
    const findings = [...ofCredentials, ...report.providers.flatMap((each: any) => each.findings), ...report.findings]
    return { code, report, findings }
  }

  forgetState(): Promise<void> {
    return rm(join(this.folder, '.keyrot'), { recursive: true, force: true })
  }
}
