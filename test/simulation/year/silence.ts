/**
 * Hours in which no tick came to its end. Planned deaths of a process are no blocks: a schedule has to live with them. But where they take
 * three ticks running, they take most of a short window, and stand in the way of every project as an outage does.
 */
import { HOUR } from '../clock.ts'
import type { Block, Year } from './draw.ts'

const TICKS = 3

export class Silence {
  readonly #blocks: Block[]
  readonly #ofEachProject: readonly string[]
  #ticks = 0
  #open: readonly Block[] = []

  constructor(year: Year, blocks: Block[]) {
    this.#blocks = blocks
    this.#ofEachProject = [...new Map(year.credentials.map(({ name, project }) => [project, name])).values()]
  }

  /** After each hour: whether some tick of it came to its end. */
  note(isHeard: boolean, now: number): void {
    this.#ticks = isHeard ? 0 : this.#ticks + 1
    if (isHeard) this.#open = []
    if (this.#ticks === TICKS) {
      this.#open = this.#ofEachProject.map((credential) => ({ credential, cause: 'runner down', from: now - TICKS * HOUR, to: now }))
      this.#blocks.push(...this.#open)
    }
    for (const block of this.#open) block.to = now
  }
}
