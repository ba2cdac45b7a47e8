/** A config's facts for a scheduler, and the file that is written of them. */
import { hash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, relative, resolve } from 'node:path'
import type { Reach } from '../adapters/define.ts'
import type { LoadedConfig } from '../config/load.ts'
import { leakScanJob } from '../scan/ci.ts'
import type { Platform, ScheduleFacts } from '../schedule/facts.ts'
import { refused } from './base-command.ts'

export interface ScheduleWishes {
  readonly platform: Platform
  readonly config: LoadedConfig
  /** As it was given on the command line. */
  readonly path: string
  readonly version: string
  /** The installed package. */
  readonly root: string
  /** Whether `status` knows Markdown. */
  readonly markdown: boolean
}

/** Reads the config's text once more; asks nobody. `KR_SCHEDULE_PLACE` where a target cannot be reached from there. */
export async function scheduleFacts({ platform, config, path, version, root, markdown }: ScheduleWishes): Promise<ScheduleFacts> {
  const reaches = config.credentials.flatMap(({ targets }) =>
    targets.flatMap(({ name, declaration, settings }) => ({ name, reach: declaration.reach?.(settings) ?? null })),
  )
  const local = reaches.filter(({ reach }) => reach?.by === 'folder').map(({ name }) => name)
  if (platform !== 'cron' && local.length > 0)
    throw refused('KR_SCHEDULE_PLACE', `${local.join(', ')}: a file of this machine, which no job elsewhere can reach`, 'on this machine: keyrot schedule cron')
  const whole = resolve(path)
  const named = (kind: 'env' | 'file'): string[] => [...new Set(config.references.filter((one) => one.kind === kind).map(({ name }) => name))].toSorted()
  return {
    version,
    ns: config.ns,
    minute: Number.parseInt(hash('sha256', config.ns, 'hex').slice(0, 8), 16) % 60,
    variables: named('env'),
    files: named('file'),
    aws: awsOf(reaches.map(({ reach }) => reach)),
    cluster: clusterOf(
      config,
      reaches.map(({ reach }) => reach),
    ),
    stateNamespace: config.state === null ? null : (settingsOf(config.state.settings)['namespace'] ?? null),
    approved: config.credentials.filter(({ policy }) => settingsOf(policy)['approval'] === 'required').map(({ name }) => name),
    config: fromHere(whole),
    configText: await readFile(whole, 'utf8'),
    place: { folder: config.root, config: basename(whole), node: process.execPath, keyrot: resolve(root, 'bin', 'run.js') },
    summary: `status ${markdown ? '--markdown ' : ''}--fail-on never`,
    leaks: platform === 'github' || platform === 'gitlab' ? leakScanJob(platform).replaceAll('npx --yes keyrot', `npx --yes keyrot@${version}`) : '',
  }
}

/** One region for all, or none that could be named. */
function awsOf(reaches: readonly (Reach | null)[]): ScheduleFacts['aws'] {
  const regions = new Set(reaches.flatMap((reach) => (reach?.by === 'aws' ? [reach.region] : [])))
  if (regions.size === 0) return null
  const [first = ''] = regions
  return { region: first === '' ? null : first }
}

function clusterOf(config: LoadedConfig, reaches: readonly (Reach | null)[]): ScheduleFacts['cluster'] {
  const state =
    config.state === null
      ? []
      : [{ context: settingsOf(config.state.settings)['context'] ?? null, kubeconfig: settingsOf(config.state.settings)['kubeconfig'] ?? null }]
  const clusters = [...state, ...reaches.flatMap((reach) => (reach?.by === 'cluster' ? [reach] : []))]
  if (clusters.length === 0) return null
  return {
    context: clusters.find(({ context }) => context !== null)?.context ?? null,
    kubeconfig: clusters.every(({ kubeconfig }) => kubeconfig !== null) ? (clusters[0]?.kubeconfig ?? null) : null,
  }
}

/** Settings as plain texts, whichever declaration judged them. */
function settingsOf(settings: unknown): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(settings ?? {}).filter(([, value]) => typeof value === 'string')) as Record<string, string>
}

/** A job begins in the repository, where this command was called. */
function fromHere(path: string): string {
  const inside = relative(process.cwd(), path)
  return inside === '' || inside.startsWith('..') ? basename(path) : inside
}

/** Writes the file; over an older one of keyrot's own, never over anything else (`KR_SCHEDULE_EXISTS`). */
export async function writeSchedule(path: string, text: string): Promise<void> {
  const old = await readFile(path, 'utf8').catch(() => null)
  if (old !== null && !old.startsWith('# Written by keyrot'))
    throw refused('KR_SCHEDULE_EXISTS', 'there is a file already that keyrot did not write, and it was left as it is', 'name another one with --output')
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  } catch {
    throw refused('KR_SCHEDULE_WRITE', 'the file cannot be written there')
  }
}
