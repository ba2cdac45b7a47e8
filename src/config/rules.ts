/**
 * What no schema can see: how blocks of one config fit together. Each rule is a small function that reports what it finds;
 * the list at the end is all of them. Rules see blocks that failed their own schema as `null`, so that one mistake does not
 * look like two.
 */
import { formatDuration, MINUTE, type Ms } from '../domain/duration.ts'
import { CREDENTIAL_PATTERN } from '../domain/key-name.ts'
import { neededLife, type Policy } from '../domain/policy.ts'
import type { Draft } from './model.ts'
import type { Path } from './places.ts'
import { quote } from './problems.ts'
import type { Report } from './report.ts'
import { NAME_WORDS } from './schema.ts'
import { hintFor } from './suggest.ts'

export type Rule = (draft: Draft, report: Report) => void

const SECTIONS = ['providers', 'targets', 'credentials'] as const

function names(draft: Draft, report: Report): void {
  for (const section of SECTIONS) {
    for (const name of draft[section].keys()) {
      if (!CREDENTIAL_PATTERN.test(name)) report.keyError([section, name], 'KR_CONFIG_NAME', `${quote(name)} cannot be a name`, NAME_WORDS)
    }
  }
}

function somethingToDo(draft: Draft, report: Report): void {
  if (draft.credentials.size === 0) report.error(['credentials'], 'KR_CONFIG_NOTHING', 'no credential is named, so there is nothing to rotate')
}

function providerExists(draft: Draft, report: Report): void {
  for (const [name, { provider }] of draft.credentials) {
    if (provider === null || draft.providers.has(provider)) continue
    report.error(
      ['credentials', name, 'provider'],
      'KR_CONFIG_NO_SUCH_PROVIDER',
      'no provider has this name',
      hintFor(provider, [...draft.providers.keys()].map(plain)),
    )
  }
}

function targetExists(draft: Draft, report: Report): void {
  for (const [at, target] of uses(draft)) {
    if (!draft.targets.has(target))
      report.error(at, 'KR_CONFIG_NO_SUCH_TARGET', 'no target has this name', hintFor(target, [...draft.targets.keys()].map(plain)))
  }
}

/** One target keeps one credential: a second writer would undo the first. */
function oneOwner(draft: Draft, report: Report): void {
  const owners = new Map<string, string>()
  for (const [at, target] of uses(draft)) {
    const owner = owners.get(target)
    const here = String(at[1])
    if (owner === undefined) owners.set(target, here)
    else if (owner === here) report.error(at, 'KR_CONFIG_TWICE', `${quote(target)} is listed twice in ${quote(here)}`, 'keep one of them')
    else
      report.error(
        at,
        'KR_CONFIG_SHARED_TARGET',
        `${quote(target)} already keeps the key of ${quote(owner)}`,
        'give each credential a target, and a variable, of its own',
      )
  }
}

/** Two blocks that mean one variable of one record. */
function onePlace(draft: Draft, report: Report): void {
  const owners = new Map<string, string>()
  for (const [name, block] of draft.targets) {
    if (block === null) continue
    const slots = (block.declaration.slots?.(block.settings) ?? [JSON.stringify(canonical(block.settings))]).map((slot) => `${block.type} ${slot}`)
    const other = slots.map((slot) => owners.get(slot)).find((owner) => owner !== undefined)
    if (other === undefined) for (const slot of slots) owners.set(slot, name)
    else
      report.keyError(
        ['targets', name],
        'KR_CONFIG_SAME_PLACE',
        `${quote(name)} means the same place as ${quote(other)}`,
        'each target needs a variable, and a fallback, of its own',
      )
  }
}

function unused(draft: Draft, report: Report): void {
  const providers = new Set([...draft.credentials.values()].map(({ provider }) => provider))
  const targets = new Set([...uses(draft)].map(([, target]) => target))
  for (const name of draft.providers.keys())
    if (!providers.has(name)) report.warning(['providers', name], 'KR_CONFIG_UNUSED', `no credential uses the provider ${quote(name)}`)
  for (const name of draft.targets.keys())
    if (!targets.has(name)) report.warning(['targets', name], 'KR_CONFIG_UNUSED', `no credential uses the target ${quote(name)}`)
}

/** A due rotation must end before the key does. */
function lifeIsLongEnough(draft: Draft, report: Report): void {
  for (const [at, policy] of policies(draft, report)) {
    if (typeof policy.lifetime !== 'number' || policy.lifetime >= neededLife(policy)) continue
    const needed = formatDuration(neededLife(policy))
    report.error(
      at('lifetime'),
      'KR_CONFIG_LIFE_TOO_SHORT',
      'a key would end before its rotation is sure to be over',
      `lifetime must be at least maxAge + warnBefore + overlap + quiet + safetyHorizon = ${needed}`,
    )
  }
}

function agesFit(draft: Draft, report: Report): void {
  for (const [at, policy] of policies(draft, report)) {
    for (const key of ['maxAge', 'birthLife', 'verifyWindow'] as const) {
      if (policy[key] === 0) report.error(at(key), 'KR_CONFIG_DURATION', `${quote(key)} cannot be 0`)
    }
    if (policy.maxAge > 0 && policy.warnBefore >= policy.maxAge)
      report.error(at('warnBefore'), 'KR_CONFIG_DURATION', '"warnBefore" must be shorter than "maxAge"')
    if (policy.maxAge > 0 && policy.overlap + policy.quiet >= policy.maxAge) {
      report.error(
        at('overlap'),
        'KR_CONFIG_DURATION',
        '"overlap" and "quiet" together must be shorter than "maxAge"',
        'else the next rotation is due before this one is over',
      )
    } else if (policy.maxAge > 0 && policy.overlap + policy.quiet + policy.jitter >= policy.maxAge)
      report.error(at('jitter'), 'KR_CONFIG_DURATION', '"overlap", "quiet" and "jitter" together must be shorter than "maxAge"')
    if (policy.approval === 'required' && policy.approvalLife === 0) report.error(at('approvalLife'), 'KR_CONFIG_DURATION', '"approvalLife" cannot be 0')
  }
}

/** A key is committed in the first half of its birth life only (design section 3): what comes before must fit there. */
const LEAST_BIRTH_LIFE: Ms = 10 * MINUTE

function birthIsLongEnough(draft: Draft, report: Report): void {
  for (const [at, policy] of policies(draft, report)) {
    if (policy.birthLife === 0) continue
    const needed = Math.max(LEAST_BIRTH_LIFE, 2 * (policy.verifyWindow + policy.listDelay))
    if (policy.birthLife >= needed) continue
    report.error(
      at('birthLife'),
      'KR_CONFIG_DURATION',
      '"birthLife" is too short to prove a key in its first half',
      `at least ${formatDuration(needed)}, twice verifyWindow + listDelay`,
    )
  }
}

function hasty(draft: Draft, report: Report): void {
  for (const [at, policy] of policies(draft, report)) {
    if (policy.overlap === 0) report.warning(at('overlap'), 'KR_CONFIG_HASTY', 'without an overlap the old key may die as soon as the new one is in place')
    if (policy.quiet === 0) {
      const how = policy.revoke === 'auto' ? 'and nobody is asked' : 'once a person agrees'
      report.warning(at('quiet'), 'KR_CONFIG_HASTY', `with quiet 0 a key that is still in use may be revoked, ${how}`)
    }
  }
}

export const RULES: readonly Rule[] = [
  names,
  somethingToDo,
  providerExists,
  targetExists,
  oneOwner,
  onePlace,
  unused,
  lifeIsLongEnough,
  agesFit,
  birthIsLongEnough,
  hasty,
]

/** Every mention of a target, with its place. */
function* uses(draft: Draft): Generator<readonly [Path, string]> {
  for (const [name, { targets }] of draft.credentials) {
    for (const [index, target] of targets.entries()) yield [['credentials', name, 'targets', index], target]
  }
}

/** Every credential's policy, and where each of its keys is written: with the credential, or with the config's defaults. */
function* policies(draft: Draft, report: Report): Generator<readonly [(key: string) => Path, Policy]> {
  for (const [name, { policy }] of draft.credentials) {
    const at = (key: string): Path => report.firstGiven(['credentials', name, 'policy', key], ['policy', key])
    if (policy !== null) yield [at, policy]
  }
}

/** Names that may be shown as they are. */
function plain(name: string): string {
  return CREDENTIAL_PATTERN.test(name) ? name : '?'
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => [key, canonical(member)])
}
