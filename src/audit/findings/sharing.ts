/** One key in several hands. */
import type { CredentialFacts, Holder } from '../facts.ts'
import { when, type FindingKind } from '../finding.ts'

/** The word that the config must use for the environment whose keys nobody else may hold. */
export const PRODUCTION = 'production'

export const productionElsewhere: FindingKind = {
  code: 'production-elsewhere',
  severity: 'error',
  title: 'a key of production is held by another environment',
  why: 'A leak from the place that is guarded least then costs what is guarded most; and neither can be rotated or cut off alone.',
  mend: {
    words: 'make two credentials of it, one for each environment, and rotate the one of production; targets say theirs with `environment:`',
    command: 'keyrot rotate NAME',
  },
  credential: (facts) => {
    const others = environmentsOf(facts).filter((environment) => environment !== PRODUCTION)
    return when(environmentsOf(facts).includes(PRODUCTION) && others.length > 0, () => ({
      message: `its key is held in production and in ${others.join(', ')}: ${placesOf(facts.holders)}`,
      evidence: { environments: environmentsOf(facts), holders: facts.holders.map(placeOf) },
    }))
  },
}

export const sharedKey: FindingKind = {
  code: 'shared-key',
  severity: 'warning',
  title: 'one key is held by several credentials, or in several environments',
  why: 'Nobody can tell who calls, and nobody can revoke it for one without cutting off the other. keyrot retires such a key only with the last that leaves it.',
  mend: { words: 'rotate each credential: each gets a key of its own', command: 'keyrot rotate NAME' },
  credential: (facts) => {
    const others = [...new Set(facts.holders.map(({ credential }) => credential))].filter((name) => name !== facts.name)
    const environments = environmentsOf(facts)
    const mixed = environments.length > 1 && !environments.includes(PRODUCTION)
    return when(others.length > 0 || mixed, () => ({
      message:
        others.length > 0
          ? `${others.join(', ')} ${others.length === 1 ? 'holds' : 'hold'} a key of this credential, too`
          : `its key is held in ${environments.join(' and ')}: ${placesOf(facts.holders)}`,
      evidence: { credentials: others, environments, holders: facts.holders.map(placeOf) },
    }))
  },
}

function environmentsOf({ holders }: CredentialFacts): string[] {
  return [...new Set(holders.flatMap(({ environment }) => environment ?? []))]
}

function placeOf({ credential, target }: Holder): string {
  return `${credential}/${target}`
}

function placesOf(holders: readonly Holder[]): string {
  return holders.map((holder) => `${placeOf(holder)}${holder.environment === null ? '' : ` (${holder.environment})`}`).join(', ')
}
