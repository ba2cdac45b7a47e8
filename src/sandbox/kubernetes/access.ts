/** Who calls, and what they may do: tokens with rules in the manner of RBAC, and the reviews by which a caller asks about itself. */
import { createHash } from 'node:crypto'

/** As `rbac.authorization.k8s.io/v1` has it, with the namespace it is bound in; without one it holds everywhere. */
export interface Rule {
  readonly namespace?: string
  readonly apiGroups: readonly string[]
  /** `secrets`, `deployments/status`, `*`. */
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  /** Absent or empty: every name. */
  readonly resourceNames?: readonly string[]
}

export interface Caller {
  readonly user: string
  readonly groups: readonly string[]
  readonly rules: readonly Rule[]
}

export interface Attributes {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string | undefined
  readonly name: string | undefined
}

export const EVERYTHING: readonly Rule[] = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]

const ANONYMOUS: Caller = { user: 'system:anonymous', groups: ['system:unauthenticated'], rules: [] }

/** What every authenticated caller may: the cluster role `system:basic-user`. */
const BASIC: Rule = { apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], verbs: ['create'] }

/** Tokens are kept as digests: the sandbox can be printed. */
export class Access {
  readonly #callers = new Map<string, Caller>()
  readonly #certified = new Map<string, Caller>()

  /** Lets a token in, or changes what it may do. */
  grant(token: string, user: string, rules: readonly Rule[]): void {
    this.#callers.set(digestOf(token), { user, groups: ['system:authenticated'], rules: [...rules, BASIC] })
  }

  /** From now on the token is answered 401. */
  revoke(token: string): void {
    this.#callers.delete(digestOf(token))
  }

  /** Says what the bearer of a client certificate for this name may do. */
  grantCertified(user: string, rules: readonly Rule[]): void {
    this.#certified.set(user, { user, groups: ['system:authenticated'], rules: [...rules, BASIC] })
  }

  /** The caller by certificate or token, nobody in particular without either, or `null` for a token that is not known. */
  callerOf(token: string | null, certified: string | null): Caller | null {
    if (certified !== null) return this.#certified.get(certified) ?? { user: certified, groups: ['system:authenticated'], rules: [BASIC] }
    return token === null ? ANONYMOUS : (this.#callers.get(digestOf(token)) ?? null)
  }
}

export function allows(caller: Caller, asked: Attributes): boolean {
  return caller.rules.some((rule) => covers(rule, asked))
}

function covers(rule: Rule, asked: Attributes): boolean {
  const resource = asked.subresource === '' ? asked.resource : `${asked.resource}/${asked.subresource}`
  if (rule.namespace !== undefined && rule.namespace !== asked.namespace) return false
  if (!has(rule.verbs, asked.verb) || !has(rule.apiGroups, asked.group)) return false
  if (!has(rule.resources, resource) && !(asked.subresource !== '' && rule.resources.includes(`*/${asked.subresource}`))) return false
  return rule.resourceNames === undefined || rule.resourceNames.length === 0 || (asked.name !== undefined && rule.resourceNames.includes(asked.name))
}

function has(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted)
}

/** The sentence of a 403 after "is forbidden: ". */
export function refusal(caller: Caller, { verb, group, resource, subresource, namespace }: Attributes): string {
  const what = subresource === '' ? resource : `${resource}/${subresource}`
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
  return `User "${caller.user}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`
}

/** `status.resourceRules` of a SelfSubjectRulesReview for one namespace. */
export function rulesIn(caller: Caller, namespace: string): readonly Omit<Rule, 'namespace'>[] {
  const held = caller.rules.filter((rule) => rule.namespace === undefined || rule.namespace === namespace)
  return held.map(({ namespace: _bound, ...rule }) => rule)
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
