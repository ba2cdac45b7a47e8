/** An incident that names no key of its credential: nothing is done, and what a person can do is said. */
import type { Roles } from '../flow/context.ts'
import type { Survey } from '../flow/terrain.ts'
import type { IncidentOrder } from '../ports/workspace.ts'
import type { Ground } from './opening.ts'
import type { Ending } from './report.ts'

/** What to say where no key of the credential is the leaked one, or nothing tells which. */
export function nothingLeaked({ credential, debts }: Ground, survey: Survey, order: IncidentOrder, { a, b }: Roles): Ending {
  const { name } = credential
  if (order.value !== null || order.keyId !== null) return notTheKey(name, survey, order)
  if (a === null && b === null && debts.length > 0)
    return {
      status: 'person',
      code: 'KR_TARGETS_UNREACHABLE',
      message: `no target of ${name} that can be reached says which key is in use`,
      hints: ['bring a target back', `or say which key it is: keyrot incident ${name} --key-stdin`],
      command: `keyrot incident ${name}`,
    }
  return {
    status: 'refused',
    code: 'KR_LEAK_UNKNOWN',
    message: `nothing that can be read says which key ${name} uses`,
    hints: [`give the leaked key: keyrot incident ${name} --key-stdin`],
  }
}

function notTheKey(name: string, survey: Survey, order: IncidentOrder): Ending {
  const unsure = unsureOf(survey)
  const alike = unsure.length === 0 ? [] : lookalikes(survey, order)
  const old = `if it is an old key of ${name}: keyrot revoke ${name} ${order.keyId === null ? '--key-stdin' : `--key-id ${order.keyId}`}`
  return {
    status: 'refused',
    code: 'KR_NOT_THE_KEY',
    message: `the leaked key is neither in use by ${name} nor its successor; nothing changed`,
    hints: [...alike.map((id) => `if ${name} may still live on ${id}: keyrot incident ${name} --key-id ${id}`), old],
    findings: alike.map((id) => ({
      code: 'still-contained',
      severity: 'warning',
      message: `${id} looks like the leaked key and may end by itself soon; ${unsure.join(', ')} of ${name} cannot show whether it lives on it`,
    })),
  }
}

/** Targets that show nothing, or bear the mark of a run that did not come to its end: their consumers may live on another key. */
export function unsureOf({ observations }: Pick<Survey, 'observations'>): readonly string[] {
  return [...observations].filter(([, seen]) => seen.current.is === 'unknown' || seen.marked === true).map(([target]) => target)
}

/**
 * Keys of the provider's list that the given value may be of. A call that was killed, and whose record is lost, may have left a near end
 * on one, whatever the list shows yet. That is too little to act on, but enough to warn: a person gives the id before the key ends.
 */
function lookalikes({ listing }: Survey, { value, keyId }: IncidentOrder): readonly string[] {
  if (value === null || keyId !== null) return []
  return (listing?.keys ?? []).filter((key) => value.fits(key.hint)).map(({ id }) => id)
}
