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
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]/gu
const UNSEEN_BUT_LINES =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu
// oxlint-enable no-control-regex

/** At most `max` characters of one printable line; a cut shows as `…`. Applying it twice changes nothing. */
export function printable(text: string, max = 200): string {
  const line = text.toWellFormed().replace(SEQUENCES, '').replace(BLANKS, ' ').replace(UNSEEN, '').trim()
  const harmless = line.replace(/^::+/, (colons) => [...colons].join(' ')).replace(/##(?=\[|vso\[)/g, '# #')
  if (harmless.length <= max) return harmless
  return `${harmless.slice(0, Math.max(0, max - 1)).toWellFormed().replace(/\ufffd$/, '').trimEnd()}…`
}

/** Where the first character stands that a person reading this text would not see, or see elsewhere; `-1` = nowhere. Line ends and tabs are fine. */
export function findUnseen(text: string): number {
  return text.search(UNSEEN_BUT_LINES)
}
