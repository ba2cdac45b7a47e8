/** What bounds the harm that a key can do in its project. */
import type { ProviderFacts } from '../facts.ts'
import type { Guards } from '../../ports/provider.ts'
import { when, type FindingKind } from '../finding.ts'

function guardsOf({ guards }: ProviderFacts): Guards | null {
  return typeof guards === 'object' && 'spendLimit' in guards ? guards : null
}

export const noSpendLimit: FindingKind = {
  code: 'no-spend-limit',
  severity: 'info',
  title: 'the project has no spend limit',
  why: 'A stolen key is spent until somebody notices. A limit stops that by itself.',
  mend: { words: 'set one at the provider: the limits of the project', command: null },
  provider: (facts) =>
    when(guardsOf(facts)?.spendLimit === false, () => ({
      message: `project ${facts.project ?? '?'} has no spend limit: a stolen key is spent until somebody notices`,
    })),
}

export const noSpendAlert: FindingKind = {
  code: 'no-spend-alert',
  severity: 'info',
  title: 'the project has no spend alert',
  why: 'Spending that nobody expects is the first sign of a stolen key, and nobody is told of it.',
  mend: { words: 'set one at the provider: the limits of the project', command: null },
  provider: (facts) =>
    when(guardsOf(facts)?.spendAlert === false, () => ({ message: `project ${facts.project ?? '?'} has no spend alert: nobody is told of unusual spending` })),
}

export const modelsOpen: FindingKind = {
  code: 'models-open',
  severity: 'info',
  title: 'the project allows all models, and the config names a few',
  why: 'Consumers need the models under `probe.models`. Whoever steals the key may use the dearest.',
  mend: { words: 'allow the project only the models it needs, at the provider: the limits of the project', command: null },
  provider: (facts) => {
    const guards = guardsOf(facts)
    return when(guards !== null && guards.allowedModels === null && guards.namedModels.length > 0, () => ({
      message: `project ${facts.project ?? '?'} allows all models; the config names ${guards?.namedModels.join(', ')}`,
      evidence: { named: guards?.namedModels ?? [] },
    }))
  },
}
