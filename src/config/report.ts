/** Collects problems while a config is read, so that a person sees all of them at once. */
import type { Path, Places } from './places.ts'
import type { Place, Problem, ProblemCode } from './problems.ts'

/** A file of another kind gives a problem per line: past this, more of them teach nothing and cost time. */
const MOST_NOTED = 200

export class Report {
  readonly #places: Places
  readonly #problems: Problem[] = []

  constructor(places: Places) {
    this.#places = places
  }

  /** The first of these paths that the file has, else the first. */
  firstGiven(...paths: readonly [Path, ...Path[]]): Path {
    return paths.find((path) => this.#places.has(path)) ?? paths[0]
  }

  /** An error at the value of a path. */
  error(path: Path, code: ProblemCode, message: string, hint?: string): void {
    this.add('error', this.#places.ofValue(path), code, message, hint)
  }

  /** An error at the key of a path: the name itself is what is wrong. */
  keyError(path: Path, code: ProblemCode, message: string, hint?: string): void {
    this.add('error', this.#places.ofKey(path), code, message, hint)
  }

  /** Something that is allowed and probably not meant. */
  warning(path: Path, code: ProblemCode, message: string, hint?: string): void {
    this.add('warning', this.#places.ofKey(path), code, message, hint)
  }

  /** A problem at a character offset of the file. */
  errorAt(offset: number, code: ProblemCode, message: string, hint?: string): void {
    this.add('error', this.#places.at(offset), code, message, hint)
  }

  add(severity: Problem['severity'], place: Place, code: ProblemCode, message: string, hint?: string): void {
    if (this.#problems.length >= MOST_NOTED) return
    const twin = this.#problems.some(
      (known) => known.code === code && known.place.line === place.line && known.place.column === place.column && known.message === message,
    )
    if (!twin) this.#problems.push({ code, severity, message, place, ...(hint === undefined ? {} : { hint }) })
  }

  get errors(): readonly Problem[] {
    return this.#problems.filter((problem) => problem.severity === 'error')
  }

  get warnings(): readonly Problem[] {
    return this.#problems.filter((problem) => problem.severity === 'warning')
  }
}
