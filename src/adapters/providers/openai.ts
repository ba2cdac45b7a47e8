/** OpenAI: project keys, proven by live calls with the key itself and administered with an admin key. docs/providers/openai.md */
import { z } from 'zod'
import { parseDuration, type Ms } from '../../domain/duration.ts'
import { KeyrotError, isAmbiguous } from '../../domain/errors.ts'
import { LONGEST_LIFE } from '../../domain/policy.ts'
import { Secret } from '../../domain/secret.ts'
import type { ProbeAnswer } from '../../domain/verdict.ts'
import type { Provider } from '../../ports/provider.ts'
import type { UsageSource } from '../../ports/usage.ts'
import { defineProvider, type Surroundings } from '../define.ts'
import type { Administration } from './openai-admin.ts'
import { classify, type Expected } from './openai-classify.ts'
import { openaiRights } from './openai-rights.ts'
import { KEY_ALPHABET, openSdk, type Answer, type Ask, type Connection } from './openai-transport.ts'

export { classify } from './openai-classify.ts'

const API = 'https://api.openai.com/v1'
const DASHBOARD = 'https://platform.openai.com/api-keys'

/** The least that the Responses API takes. */
const FEWEST_TOKENS = 16

const schema = z.strictObject({
  project: z
    .string()
    .regex(/^proj_[A-Za-z0-9_-]{1,120}$/, 'a project id begins with proj_')
    .describe('The project whose keys are rotated (`proj_…`).'),
  serviceAccount: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,120}$/, 'the id of a service account, not its name')
    .optional()
    .describe('Id of the service account that owns the keys. Left out, each new key gets a service account of its own.'),
  adminKey: z
    .string()
    .regex(/^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/, 'a reference: env:NAME or file:path')
    .optional()
    .describe('Reference to an admin key (`env:NAME` or `file:path`). Left out, a person creates and deletes the keys.'),
  baseUrl: z.string().max(2048).optional().describe('Where project keys are used, if not at api.openai.com. Another host needs `--allow-host`.'),
  adminBaseUrl: z.string().max(2048).optional().describe('Where the admin key is used, if not at api.openai.com. Another host needs `--allow-host`.'),
  scopes: z
    .union([
      z.literal('all'),
      z
        .array(z.string().regex(/^[a-z][a-z0-9_.:-]{0,80}$/, 'a scope such as api.responses.write'))
        .min(1)
        .max(100),
    ])
    .describe('What a new key may do: a list of scopes, or the word `all`. They cannot be read back from the key in use, so they are named here.'),
  probe: z
    .strictObject({
      models: z
        .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,120}$/, 'the id of a model'))
        .min(1)
        .max(20)
        .optional()
        .describe('Models that a new key must be able to use: each costs one smallest possible call per proof.'),
    })
    .optional()
    .describe('How a key is proven besides `GET /v1/models`, which is free.'),
  maxLife: z
    .string()
    .regex(/^[1-9]\d{0,5}[smhd]$/, 'a span such as 90d')
    .refine((text) => (parseDuration(text) ?? Infinity) <= LONGEST_LIFE, 'at most 365d, the longest the API allows')
    .optional()
    .describe('The longest life that the policy of the organization or project allows a key (`90d`). Default `365d`, the longest the API allows.'),
})

export const openai = defineProvider({
  type: 'openai',
  title: 'OpenAI project keys',
  schema,
  permissions: (blocks) => [openaiRights(blocks)],
  connect: async (name, settings, around) => connectOpenai(name, settings, around),
})

/** As `openai.connect`, with a deadline of one's own for each exchange. */
export function connectOpenai(name: string, settings: z.output<typeof schema>, around: Surroundings, deadlineMs?: Ms): Provider {
  const connect = openSdk(around, deadlineMs)
  const variable = around.env('OPENAI_BASE_URL') || API
  const base = around.endpoint(settings.baseUrl ?? variable, API)
  const bare: Provider = {
    type: 'openai',
    limits: { maxLife: settings.maxLife === undefined ? LONGEST_LIFE : parseDuration(settings.maxLife), expiry: true },
    dashboard: DASHBOARD,
    project: settings.project,
    prove: (key) => prove(connect, base, key, settings.probe?.models ?? []),
    madeUp: () => new Secret(`sk-svcacct-${around.ids.token(74)}T3Blbk${'FJ'}${around.ids.token(74)}`),
    isAdminKey: (key) => key.reveal().startsWith('sk-admin-'),
    refusePasted,
  }
  if (settings.adminKey === undefined) return bare
  const adminKey = around.secret(settings.adminKey)
  if (!KEY_ALPHABET.test(adminKey.reveal())) throw unusable(name)
  const ask = connect(around.endpoint(settings.adminBaseUrl ?? variable, API), adminKey, 'admin')
  const place = { project: settings.project, serviceAccount: settings.serviceAccount, scopes: settings.scopes }
  return {
    ...bare,
    isAdminKey: (key) => key.equals(adminKey) || key.reveal().startsWith('sk-admin-'),
    ...onUse(async () => (await import('./openai-admin.ts')).administer(ask, place)),
    ...looking(ask),
    rateLimits: async () => (await import('./openai-limits.ts')).limitsOf(ask, settings.project).rateLimits(),
    setRateLimit: async (id, most) => (await import('./openai-limits.ts')).limitsOf(ask, settings.project).setRateLimit(id, most),
    guards: async () => (await import('./openai-oversight.ts')).readGuards(ask, settings.project, settings.probe?.models ?? []),
    administrator: async () => (await import('./openai-oversight.ts')).readAdministrator(ask, adminKey),
  }
}

/** What an admin key can do, loaded with the first of its calls: most commands make none. */
function onUse(load: () => Promise<Administration>): Administration {
  return {
    list: async () => (await load()).list(),
    mint: async (name, life) => (await load()).mint(name, life),
    retire: async (warrant) => (await load()).retire(warrant),
    retireAccount: async (warrant, account) => (await load()).retireAccount(warrant, account),
    expire: async (keyId, inMs) => (await load()).expire(keyId, inMs),
    rights: async () => (await load()).rights(),
  }
}

const USAGE_CAVEATS = [
  'OpenAI adds calls to its figures late and does not say by how much: the last minutes, perhaps hours, may be missing',
  'not read: vector stores, code interpreters, fine-tuning and searches, which OpenAI does not count by key and model',
  'costs come by whole UTC days',
]

/** What an admin key can see of a key's use: reading only. */
function looking(ask: Ask): UsageSource {
  return {
    usageCaveats: USAGE_CAVEATS,
    usage: async (query) => (await import('./openai-usage.ts')).readUsage(ask).usage(query),
    costs: async (keyId, from, until) => (await import('./openai-usage.ts')).readUsage(ask).costs(keyId, from, until),
    keyEvents: async (keyId, from) => (await import('./openai-log.ts')).readKeyEvents(ask, keyId, from),
  }
}

/** The worst of: may this key list models, and may it use each of these. Stops at the first answer that did not know the key. */
async function prove(connect: Connection, base: URL, key: Secret, models: readonly string[]): Promise<ProbeAnswer> {
  if (!KEY_ALPHABET.test(key.reveal())) return { is: 'unclear', code: 'not-sendable' }
  const ask = connect(base, key, 'project')
  const strict = base.host === new URL(API).host
  let worst = await classified(ask, (client) => client.models.list(), 'list', strict)
  for (const model of models) {
    if (severity(worst) > severity({ is: 'no-quota', code: '' })) return worst
    const request = { model, input: '.', max_output_tokens: FEWEST_TOKENS, store: false }
    const answer = await classified(ask, (client) => client.responses.create(request), 'response', strict)
    if (severity(answer) > severity(worst)) worst = answer
  }
  return worst
}

async function classified(ask: Ask, call: Parameters<Ask>[0], expected: Expected, strict: boolean): Promise<ProbeAnswer> {
  let answer: Answer
  try {
    answer = await ask(call)
  } catch (error) {
    return { is: 'unclear', code: unansweredCode(error) }
  }
  const found = classify(answer.status, answer.body, expected, answer.retryAfterMs)
  // OpenAI itself always names the request; a gateway that a person allowed need not.
  return found.is === 'accepted' && strict && answer.requestId === null ? { is: 'unclear', code: 'unexpected-answer' } : found
}

function unansweredCode(error: unknown): string {
  if (!(error instanceof KeyrotError)) return 'no-answer'
  if (isAmbiguous(error) || error.kind === 'unavailable' || error.kind === 'interrupted')
    return error.code
      .replace(/^KR_HTTP_/, '')
      .toLowerCase()
      .replace('_', '-')
  return 'no-answer'
}

const BAD_LAST: readonly ProbeAnswer['is'][] = ['accepted', 'limited', 'no-quota', 'busy', 'unclear', 'wrong-home', 'invalid']

function severity(answer: ProbeAnswer): number {
  return BAD_LAST.indexOf(answer.is)
}

function refusePasted(key: Secret): string | null {
  const value = key.reveal()
  if (/\s/.test(value)) return 'it holds a space or a line break'
  if (value.startsWith('sk-admin-')) return 'it is an admin key, which applications must not hold'
  if (!/^[A-Za-z0-9_-]+$/.test(value)) return 'it holds characters that no OpenAI key has'
  return KEY_ALPHABET.test(value) ? null : 'it is too short or too long for a key'
}

function unusable(name: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_ADMIN_KEY_MALFORMED',
    kind: 'config',
    message: `the admin key of provider ${name} holds characters that no OpenAI key has`,
    where: `providers.${name}.adminKey`,
    hints: ['look for a line break, a space or quotation marks around it'],
  })
}
