/** The key that keyrot itself works with. */
import type { ProviderFacts } from '../facts.ts'
import type { Administrator } from '../../ports/provider.ts'
import { days, time, when, type FindingKind } from '../finding.ts'

function adminOf({ administrator }: ProviderFacts): Administrator | null {
  return typeof administrator === 'object' && 'reaches' in administrator ? administrator : null
}

const REPLACE = 'make a new admin key at the provider, put it where `adminKey` of the config points, then delete the old one'

export const adminKeyOld: FindingKind = {
  code: 'admin-key-old',
  severity: 'warning',
  title: 'the admin key is older than the keys it looks after may be',
  why: 'It can make and delete every key of the project: of all keys it is the one most worth stealing, and the one that is rotated last.',
  mend: { words: REPLACE, command: null },
  provider: (facts) => {
    const admin = adminOf(facts)
    const age = admin === null ? 0 : facts.now - admin.createdAt
    return when(admin !== null && age >= facts.maxAge, () => ({
      message: `the admin key (${admin?.id}) is ${days(age)} old`,
      evidence: { keyId: admin?.id ?? null, createdAt: time(admin?.createdAt ?? 0) },
    }))
  },
}

export const adminKeyEnds: FindingKind = {
  code: 'admin-key-ends',
  severity: 'error',
  title: 'the admin key ends soon',
  why: 'From then on nothing can be made, extended, listed or revoked.',
  mend: { words: REPLACE, command: null },
  provider: (facts) => {
    const admin = adminOf(facts)
    const left = admin === null || admin.expiresAt === null ? Number.POSITIVE_INFINITY : admin.expiresAt - facts.now
    return when(left <= facts.safetyHorizon, () => ({
      message: `the admin key (${admin?.id}) ends in ${days(left)}`,
      evidence: { keyId: admin?.id ?? null, expiresAt: time(admin?.expiresAt ?? 0) },
    }))
  },
}

export const adminKeyBroad: FindingKind = {
  code: 'admin-key-broad',
  severity: 'info',
  title: 'the admin key reaches projects that the config does not name',
  why: 'Whoever steals it from here can make keys in projects that have nothing to do with this config.',
  mend: { words: `${REPLACE}: one that is held to the projects of this config, or an organization of its own for them`, command: null },
  provider: (facts) => {
    const beyond = (adminOf(facts)?.reaches ?? []).filter((id) => !facts.projects.includes(id))
    return when(beyond.length > 0, () => ({
      message: `the admin key reaches ${beyond.length} ${beyond.length === 1 ? 'project' : 'projects'} that the config does not name`,
      evidence: { projects: beyond },
    }))
  },
}
