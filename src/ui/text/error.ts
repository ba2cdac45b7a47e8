/** Errors for people, in the manner of age: `keyrot: what`, then `hint:` lines. */
import type { KeyrotError } from '../../domain/errors.ts'
import { redactKeys } from '../../domain/patterns.ts'
import { printable } from '../../domain/printable.ts'
import { wrap } from './table.ts'
import { momentAndSpan } from './time.ts'

/** The lines that stand for an error on stderr. A message of several lines (all problems of a config) keeps its lines, broken only at a terminal's edge (`columns`). */
export function errorLines(error: KeyrotError, now: number, columns = Number.POSITIVE_INFINITY): string[] {
  const lines = error.message.split('\n').map((line) => printable(redactKeys(line), 500))
  const where = error.where === undefined || error.code === 'KR_CONFIG_INVALID' ? '' : ` (${printable(error.where)})`
  const [first = '', ...rest] = lines
  return [
    `keyrot: ${first}${where}`,
    ...rest.map((line) => `  ${line}`),
    ...facts(error, now),
    ...error.hints.map((hint) => `${prefix(error)}${printable(redactKeys(hint), 500)}`),
  ].flatMap((line) => wrap(line, columns, '    '))
}

/** The hints of an invalid config are its problems, each with file, line and column at the start for editors to find. */
function prefix(error: KeyrotError): string {
  return error.code === 'KR_CONFIG_INVALID' ? '' : 'hint: '
}

function facts(error: KeyrotError, now: number): string[] {
  const { status, requestId, until } = error.facts
  const parts = [
    ...(status === undefined ? [] : [`HTTP status ${status}`]),
    ...(requestId === undefined ? [] : [`request ${printable(requestId, 80)}`]),
    ...(until === undefined ? [] : [`until ${momentAndSpan(until, now)}`]),
  ]
  return parts.length === 0 ? [] : [`  ${parts.join(', ')}`]
}

/** The error as the one JSON object of `--json` and the last line of `--events`. */
export function errorJson(error: KeyrotError, exit: number): Record<string, unknown> {
  return {
    error: {
      code: error.code,
      kind: error.kind,
      exit,
      message: error.message
        .split('\n')
        .map((line) => printable(redactKeys(line), 500))
        .join('\n'),
      where: error.where === undefined ? null : printable(error.where),
      hints: error.hints.map((hint) => printable(redactKeys(hint), 500)),
    },
  }
}
