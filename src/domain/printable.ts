/**
 * Text from outside made fit for a terminal, a log and a CI console (I14). One line out, whatever came in.
 *
 * Taken out: terminal sequences (CSI, OSC, DCS, in 7- and 8-bit form), control characters, bidirectional overrides,
 * zero-width and other invisible characters. Broken: `::command::` at the start and `##[command]` anywhere, which GitHub
 * Actions and Azure Pipelines obey even after leading blanks (actions/runner, ActionCommand.cs).
 */

// oxlint-disable no-control-regex -- control characters are what this file is about
const SEQUENCES =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g
const BLANKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
// oxlint-enable no-control-regex
const UNSEEN = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
const UNSEEN_BUT_LINES = /(?![\t\r\n])[\p{Cc}\p{Cf}\u2028\u2029]/u

/** At most `max` characters of one printable line; a cut shows as `…`. Applying it twice changes nothing. */
export function printable(text: string, max = 200): string {
  const line = text.toWellFormed().replace(SEQUENCES, '').replace(BLANKS, ' ').replace(UNSEEN, '').trim()
  const harmless = line.replace(/^::+/, (colons) => colons.replaceAll(':', ': ').trimEnd()).replace(/##(?=\[|vso\[)/g, '# #')
  if (harmless.length <= max) return harmless
  return `${harmless
    .slice(0, Math.max(0, max - 1))
    .toWellFormed()
    .replace(/\ufffd$/, '')
    .trimEnd()}…`
}

/** Where the first character stands that a person reading this text would not see, or see elsewhere; `-1` = nowhere. Line ends and tabs are fine. */
export function findUnseen(text: string): number {
  return text.search(UNSEEN_BUT_LINES)
}
