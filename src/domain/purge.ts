/** What `git filter-repo --replace-text` and `--replace-message` take to clear a history of keys: shapes, never a key. */
import { KEY_SHAPES } from './patterns.ts'

const REPLACEMENT = '***REMOVED***'

/**
 * The lines of the file: one regular expression for each shape of an OpenAI key. The shapes use nothing that JavaScript and Python
 * read differently (a test plays them through Python). No value is needed, so none can be left lying about; other keys of these shapes
 * in the history go as well.
 */
export function replacementLines(): readonly string[] {
  return KEY_SHAPES.filter(({ name }) => name.startsWith('OpenAI key')).map(({ pattern }) => `regex:${pattern.source}==>${REPLACEMENT}`)
}
