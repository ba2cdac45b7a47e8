/** What came of putting keyrot into the hooks of a repository, or of taking it out; the object behind `hook … --json`. */
export type HookName = 'pre-commit' | 'pre-push'

/** Who starts the hooks: git itself, or a tool that git starts. */
export type HookKeeper = 'git' | 'husky' | 'lefthook' | 'pre-commit'

export interface HookChange {
  readonly hooks: readonly HookName[]
  /** From the top of the work tree where it is inside. */
  readonly file: string
  readonly change: 'added' | 'renewed' | 'unchanged' | 'removed'
}

export interface HookReport {
  /** `null` where it was taken out: whoever kept it. */
  readonly keeper: HookKeeper | null
  readonly changes: readonly HookChange[]
  /** Commands that a person still has to give. */
  readonly next: readonly string[]
}
