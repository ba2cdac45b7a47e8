/** What differs from one run to the next, given one name each, so that what a person sees can be compared and read. */

const SAME: readonly (readonly [RegExp, string])[] = [
  [/\bkey_[A-Za-z0-9]{8,}/g, 'key_ID'],
  [/\bproj_[A-Za-z0-9]{8,}/g, 'proj_ID'],
  [/\buser-[A-Za-z0-9]{8,}/g, 'user-ID'],
  [/\bkeyrot-cli-[a-z0-9]{6}\b/gi, 'FOLDER'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z/g, 'DATE'],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d UTC/g, 'DATE'],
  [/\((?:in \d+ (?:s|min)|now|\d+ s ago)\)/g, '(in TIME)'],
  [/\(run [a-z0-9]{12} is open\)/g, '(run ID is open)'],
  [/\bplan [0-9a-f]{16}\b/g, 'plan HASH'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b/g, 'ffffffffffff'],
  [/^after: .*(?:\n {2}.*)*/gm, 'after: TIMES'],
  // How long a row took.
  [/^([✔↓✖⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] \w+: [^-\n]*?) {2}\d+ (?:s|min)(?= |$)/gm, '$1'],
  [/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /gm, '⠋ '],
]

/** One text for a file: commands one after another, an empty line between them. */
export function readable(visits: readonly { readonly transcript: readonly string[] }[]): string {
  const text = visits.map((visit) => visit.transcript.join('\n')).join('\n\n')
  return `${SAME.reduce((so, [pattern, name]) => so.replaceAll(pattern, name), text)}\n`
}
