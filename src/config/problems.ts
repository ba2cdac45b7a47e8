/** What is wrong with a config: a list of problems with places, carried by one error. Values of the config are never among the words. */
import { KeyrotError } from '../domain/errors.ts'
import { redactKeys } from '../domain/patterns.ts'
import { printable } from '../domain/printable.ts'

/** One-based, as editors count. */
export interface Place {
  readonly line: number
  readonly column: number
}

export type ProblemCode = `KR_CONFIG_${string}`

export interface Problem {
  readonly code: ProblemCode
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly place: Place
  readonly hint?: string
}

/** How many problems one error carries: a file of another kind would otherwise give thousands. */
const MOST_PROBLEMS = 50

/** A name that a person wrote, fit to be shown: no control characters, nothing of a key's shape, short. */
export function quote(name: string): string {
  return `"${redactKeys(printable(name, 60))}"`
}

/** `file:line:column: words (hint) [CODE]`, one line. */
export function formatProblem(file: string, problem: Problem): string {
  const hint = problem.hint === undefined ? '' : ` (${problem.hint})`
  return `${printable(file)}:${problem.place.line}:${problem.place.column}: ${problem.message}${hint} [${problem.code}]`
}

/** In reading order; of two at one place the error comes first. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const rank = (problem: Problem): number => (problem.severity === 'error' ? 0 : 1)
  return problems.toSorted((left, right) => left.place.line - right.place.line || left.place.column - right.place.column || rank(left) - rank(right))
}

/** `KR_CONFIG_INVALID`: every problem of the file at once. The hints are the problems, so that any view shows them. */
export class ConfigError extends KeyrotError {
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly Problem[]) {
    const ordered = inOrder(problems)
    const count = ordered.length === 1 ? '1 problem' : `${ordered.length} problems`
    const shown = ordered.slice(0, MOST_PROBLEMS)
    const rest = ordered.length - shown.length
    super({
      code: 'KR_CONFIG_INVALID',
      kind: 'config',
      message: `the config ${quote(file)} has ${count}`,
      where: redactKeys(printable(file)),
      hints: [...shown.map((problem) => formatProblem(file, problem)), ...(rest > 0 ? [`and ${rest} more`] : [])],
    })
    this.problems = shown
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), problems: this.problems }
  }
}
