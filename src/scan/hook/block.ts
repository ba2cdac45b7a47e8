/**
 * The lines that keyrot puts into a file of someone else, between two marks. Putting them in leaves every other byte where it was;
 * taking them out gives the file back as it was. Texts are `latin1`, one character per byte, so that no byte is lost in between.
 */
const BEGIN = '# >>> keyrot'
const END = '# <<< keyrot'

/** The lines between their marks, each behind `indent`. */
export function marked(lines: readonly string[], indent = ''): string {
  const all = [`${BEGIN}: \`keyrot hook uninstall\` takes these lines out`, ...lines, END]
  return all.map((line) => `${line === '' ? '' : indent}${line}\n`).join('')
}

/** Whole lines: from the line that begins with the first mark to the one that begins with the second. */
const BLOCK = new RegExp(`^[ \\t]*${BEGIN}:.*\\n(?:.*\\n)*?[ \\t]*${END}\\n`, 'gm')

export const hasBlock = (text: string): boolean => text.search(BLOCK) !== -1

export const withoutBlocks = (text: string): string => text.replace(BLOCK, '')

/** The text with `block` at a place, which is the beginning of a line. */
export const inserted = (text: string, at: number, block: string): string => text.slice(0, at) + block + text.slice(at)
