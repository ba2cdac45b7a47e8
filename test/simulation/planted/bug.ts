/** A mistake somebody could make in the shipped source. Each text must be found exactly once: a bug that no longer applies fails. */
export interface PlantedBug {
  /** What is wrong, in the words of the design. */
  readonly story: string
  readonly edits: readonly Edit[]
  /** Where it can show: such a bug is hunted in incidents alone. */
  readonly in?: 'incidents'
}

export interface Edit {
  /** Under the repository's root. */
  readonly file: string
  readonly find: string
  readonly replace: string
}
