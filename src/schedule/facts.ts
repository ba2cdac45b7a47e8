/** What a scheduler file depends on: plain facts of a config and of the machine that writes it. No secret is among them, only where they are found. */

export const PLATFORMS = ['github', 'gitlab', 'kubernetes', 'cron'] as const
export type Platform = (typeof PLATFORMS)[number]

export interface ScheduleFacts {
  /** Of this keyrot; what a job installs is pinned to it. */
  readonly version: string
  readonly ns: string
  /** Minute of the hour, drawn from the namespace: configs do not all begin at once. */
  readonly minute: number
  /** Variables that hold secrets, by name. */
  readonly variables: readonly string[]
  /** Files that hold secrets, as the config names them. */
  readonly files: readonly string[]
  readonly aws: { readonly region: string | null } | null
  /** Whether a cluster is reached, and by which context; `null` = none is. */
  readonly cluster: { readonly context: string | null; readonly kubeconfig: string | null } | null
  /** Namespace of shared state; `null` where state is files. */
  readonly stateNamespace: string | null
  /** Credentials whose old key may only die with an approval. */
  readonly approved: readonly string[]
  /** The config, by its path from the folder where it is called. */
  readonly config: string
  /** Its text: a cluster is given a copy. */
  readonly configText: string
  /** Absolute: folder of the config, Node, keyrot. */
  readonly place: { readonly folder: string; readonly config: string; readonly node: string; readonly keyrot: string }
  /** The call that tells what is where, for the summary of a job. */
  readonly summary: string
  /** The job that looks for leaked keys, ready to stand among the jobs of this platform. */
  readonly leaks: string
}

/** What `rotate --due` does not carry through by itself: the deletion waits for its own, protected job. */
export const TICK = 'rotate --due --no-input'
export const tickOf = ({ approved }: ScheduleFacts): string => (approved.length === 0 ? TICK : `${TICK} --until drain`)

/** A file with no tail and no gaps. */
export function text(...lines: readonly (string | readonly string[])[]): string {
  return `${lines.flat().join('\n')}\n`
}

export function indented(lines: readonly string[], by: number): readonly string[] {
  return lines.map((line) => (line === '' ? '' : `${' '.repeat(by)}${line}`))
}

/** A word of a YAML file that nothing else can be made of. JSON text is YAML text. */
export const quoted = (value: string): string => JSON.stringify(value)

/** One word of a shell line. */
export function shellWord(value: string): string {
  return /^[A-Za-z0-9_./:=@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`
}

/** What the first lines of each file tell whoever reads it. */
export function heading(facts: ScheduleFacts, platform: Platform, before: readonly string[]): readonly string[] {
  const lost =
    facts.stateNamespace === null && platform !== 'cron'
      ? [
          'The state of this config is files, which are lost with each job: a rotation under way is found again by looking, at the price of time,',
          'and two jobs at once are kept apart only by the scheduler. With `state: {type: kubernetes}` neither is so (docs/state.md).',
        ]
      : []
  const files = facts.files.length === 0 || platform === 'cron' ? [] : [`Files that the config reads must be there: ${facts.files.join(', ')}.`]
  return [
    `Written by keyrot ${facts.version}: keyrot schedule ${platform}. After a change of the config, write it again.`,
    ...(before.length === 0 && files.length === 0 ? [] : ['', 'Before the first run:', ...[...before, ...files].map((line) => `- ${line}`)]),
    ...(lost.length === 0 ? [] : ['', ...lost]),
  ].map((line) => `# ${line}`.trimEnd())
}
