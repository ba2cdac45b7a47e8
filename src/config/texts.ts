/** What no text in a config may be: invisible, or a key. */
import { findKeys } from '../domain/patterns.ts'
import { findUnseen } from '../domain/printable.ts'
import type { Report } from './report.ts'

/** Reports the first character of a text that cannot be seen. The text stands at `offset` in the file. */
export function reportUnseen(text: string, offset: number, report: Report): void {
  const at = findUnseen(text)
  if (at === -1) return
  const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  report.errorAt(offset + at, 'KR_CONFIG_UNSEEN', `an invisible or control character stands here (U+${code})`, 'delete it')
}

/** Reports everything in a text that has the shape of a key. */
export function reportKeys(text: string, offset: number, report: Report): void {
  for (const { shape, index } of findKeys(text)) {
    report.errorAt(
      offset + index,
      'KR_CONFIG_LITERAL_KEY',
      `this looks like a key (${shape}); the config never holds one`,
      'write env:NAME or file:path instead, and treat the key as leaked if this file was ever shared',
    )
  }
}
