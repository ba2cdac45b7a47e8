/** Surroundings of a sink, with the secrets given by name. */
import type { Surroundings } from '../../../src/adapters/define.ts'
import { guardEndpoint } from '../../../src/adapters/endpoint.ts'
import type { Notice } from '../../../src/domain/notice.ts'
import { Secret } from '../../../src/domain/secret.ts'

export const NOW = Date.parse('2026-11-21T14:00:00Z')

export function around(secrets: Readonly<Record<string, string>>): Surroundings {
  return {
    clock: { now: () => NOW, sleep: async () => undefined },
    ids: { token: (length) => 'x'.repeat(length) },
    root: '/',
    stateDir: '/',
    secret: (reference) => new Secret(secrets[reference] ?? ''),
    env: () => undefined,
    endpoint: (given, fallback) => guardEndpoint(given, fallback),
    signal: new AbortController().signal,
  }
}

export const NOTICE: Notice = {
  kind: 'needs-person',
  credential: 'prod-api',
  code: 'KR_APPROVAL_WANTED',
  generation: 4,
  since: NOW - 3_600_000,
  id: 'prod-api.g4.needs-person.KR_APPROVAL_WANTED.0',
  level: 0,
  at: NOW,
}
