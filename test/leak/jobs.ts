/** Every command of keyrot, as people and scripts call it, and the mistakes by which a person shows it a key. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Canary } from './canary.ts'
import type { Watched } from './observer.ts'

export interface Job {
  readonly name: string
  readonly args: (canary: Canary) => readonly string[]
  readonly how?: (canary: Canary) => Partial<Watched>
  /** Whether it knows `--events`. */
  readonly runs?: boolean
  /** The person has written a key into argv: that is none of keyrot's doing. */
  readonly keyInArgv?: boolean
  readonly after?: (canary: Canary) => void
}

const words = (line: string) => (): readonly string[] => line.split(' ')

const init: Job = {
  name: 'init',
  args: ({ cloud: { prepared } }) => [
    ...'init --no-input --config fresh/rotation.config.yaml --name app --admin-key env:OPENAI_ADMIN_KEY --scopes all --target .env --consumers reread'.split(
      ' ',
    ),
    '--project',
    prepared.project,
    '--service-account',
    prepared.serviceAccount,
  ],
  after: ({ project }) => {
    rmSync(join(project, 'fresh', 'rotation.config.yaml'), { force: true })
  },
}

const COMMANDS: readonly Job[] = [
  init,
  { name: 'check', args: words('check') },
  { name: 'plan', args: words('plan') },
  { name: 'rotate', args: words('rotate prod --yes'), runs: true },
  { name: 'status', args: words('status') },
  { name: 'rotate, admin key in a file', args: words('rotate filed --yes'), runs: true },
  { name: 'rotate, pasted', args: words('rotate hand --yes --new-key-stdin'), how: ({ pasted }) => ({ input: `${pasted}\n` }), runs: true },
  { name: 'runs', args: words('runs') },
  { name: 'runs of one', args: words('runs prod') },
  { name: 'usage', args: words('usage prod') },
  { name: 'runs report', args: words('runs report prod --since 1h --purge-file ../purge.txt') },
  { name: 'resume', args: words('resume'), runs: true },
  { name: 'rollback', args: words('rollback prod --yes'), runs: true },
  { name: 'revoke', args: words('revoke prod --yes --confirm prod'), runs: true },
  { name: 'revoke, no admin key', args: words('revoke hand --yes --confirm hand --waive quiet'), runs: true },
  { name: 'forget', args: words('forget prod --yes'), runs: true },
  { name: 'autocomplete', args: words('autocomplete bash') },
  { name: 'sandbox', args: words('sandbox'), how: () => ({ interruptAt: 'stops with Ctrl-C', patience: 2_000 }) },
  { name: 'demo', args: words('demo'), how: () => ({ patience: 120_000 }) },
]

const old = (canary: Canary): string => canary.cloud.prepared.keyValue

const MISTAKES: readonly Job[] = [
  { name: 'an admin key is pasted', args: words('rotate hand --yes --new-key-stdin'), how: ({ cloud }) => ({ input: cloud.sandbox.adminKey }), runs: true },
  { name: 'the key in use is pasted', args: words('rotate filed --yes --new-key-stdin'), how: (canary) => ({ input: `${old(canary)}\n` }), runs: true },
  {
    name: 'a whole file is pasted',
    args: words('rotate hand --yes --new-key-stdin'),
    how: (canary) => ({ input: `A=${old(canary)}\nB=${old(canary)}\n` }),
    runs: true,
  },
  { name: 'a key as a name', args: (canary) => ['rotate', old(canary), '--yes'], keyInArgv: true, runs: true },
  { name: 'a key as a reason', args: (canary) => ['rotate', 'prod', '--yes', '--reason', `it leaked: ${old(canary)}`], keyInArgv: true, runs: true },
  { name: 'a key as a run', args: (canary) => ['runs', old(canary)], keyInArgv: true },
  { name: 'a key as a flag', args: (canary) => ['plan', `--${old(canary)}`], keyInArgv: true },
  { name: 'a key as a host', args: (canary) => ['check', '--allow-host', old(canary)], keyInArgv: true },
  { name: 'a key as a config', args: (canary) => ['status', '--config', old(canary)], keyInArgv: true },
  { name: 'a key as an item', args: (canary) => ['revoke', 'prod', '--waive', old(canary), '--confirm', old(canary), '--yes'], keyInArgv: true, runs: true },
  { name: 'a key as an id', args: (canary) => ['usage', 'prod', '--key-id', old(canary)], keyInArgv: true },
  { name: 'a key as a command', args: (canary) => [old(canary)], keyInArgv: true },
  { name: 'a key in the config', args: words('status --config literal.yaml') },
]

export const JOBS: readonly Job[] = [...COMMANDS, ...MISTAKES]

/** Faces of a command: for people in full, as one object, as a stream of events where it has one. */
export const MODES = [['--verbose'], ['--json'], ['--events', '--verbose'], []] as const

export function modeFor(job: Job, index: number): readonly string[] {
  if (job.name === 'autocomplete' || job.name === 'a key as a command') return []
  const mode = MODES[index % MODES.length] ?? []
  return job.runs === true || !mode.some((flag) => flag === '--events') ? mode : ['--json', '--verbose']
}
