/**
 * A scan as annotations of GitHub Actions: workflow commands, one per line. Foreign text in them is made printable first and then
 * escaped as the runner reads it (actions/toolkit, command.ts), so that a file name cannot end one command and begin another.
 */
import type { Hit, Severity } from '../domain/hit.ts'
import { originOf, shown, whatOf } from './text/hit.ts'

const COMMANDS: Readonly<Record<Severity, 'error' | 'warning' | 'notice'>> = { error: 'error', warning: 'warning', info: 'notice' }

/** One line per hit that counts. */
export function githubLines(hits: readonly Hit[]): string[] {
  return hits.filter(({ allowed, known }) => allowed === undefined && known !== true).map(annotation)
}

function annotation(hit: Hit): string {
  const { path, line, column } = hit.at
  const properties = { file: shown(path, LONGEST), line: String(line), col: String(column), title: `keyrot: ${hit.rule}` }
  const told = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`)
  const message = [whatOf(hit), originOf(hit)].filter((words) => words !== '').join(', ')
  return `::${COMMANDS[hit.severity]} ${told.join(',')}::${data(message)}`
}

const LONGEST = 1_000

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
