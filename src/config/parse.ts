/** The text of a config to plain data. Two readers (docs/decisions/0034-two-readers.md): a quick one for what is plain, and one for everything. */
import type { DataMap } from './data.ts'
import { readPlain } from './plain.ts'
import type { Places } from './places.ts'
import type { Report } from './report.ts'
import { reportKeys, reportUnseen } from './texts.ts'
import { readTree } from './tree.ts'

/** Reads the whole file. What cannot be read is reported and becomes `null`; the result is `null` when nothing can be built on it. */
export function parseYaml(text: string, places: Places, report: Report): DataMap | null {
  reportUnseen(text, 0, report)
  reportKeys(text, 0, report)
  const plain = report.errors.length === 0 ? readPlain(text, places) : null
  return plain ?? readTree(text, places, report)
}
