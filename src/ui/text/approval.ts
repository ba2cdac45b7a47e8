/** What an approval is for, as the person who gives it sees it. */
import { printable } from '../../domain/printable.ts'
import type { ApprovalSubject, KeyFacts } from '../../domain/run.ts'
import { momentAndSpan, relative } from './time.ts'

/** One line per fact. */
export function approvalLines(subject: ApprovalSubject, now: number): string[] {
  return [
    `plan ${subject.planHash}, generation ${subject.generation}, run ${printable(subject.run)}`,
    `stays: ${keyWords(subject.stays, now)}`,
    ...subject.dies.map((key) => `dies:  ${keyWords(key, now)}`),
    `holds until ${momentAndSpan(subject.until, now)}`,
  ]
}

function keyWords({ id, name, fingerprint, createdAt, lastUsedAt }: KeyFacts, now: number): string {
  const who = printable(id ?? name ?? 'a key of unknown id')
  const mark = fingerprint === null ? '' : `, fingerprint ${fingerprint}`
  const born = createdAt === null ? '' : `, made ${relative(createdAt, now)}`
  const used = lastUsedAt === undefined ? '' : lastUsedAt === null ? ', never used' : `, last used ${relative(lastUsedAt, now)}`
  return `${who}${mark}${born}${used}`
}
