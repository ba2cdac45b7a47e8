/** Every request that the provider sends, judged by the published contract; and the whole list of what it sends at all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../../src/domain/duration.ts'
import type { Provider } from '../../../src/ports/provider.ts'
import { openaiSpec, OPERATIONS_ABSENT_FROM_SPEC, specMissing } from '../spec.ts'
import { freshName, ownBench, permission } from './bench.ts'

const KEYS = '/organization/projects/{project_id}/api_keys'
const ACCOUNTS = '/organization/projects/{project_id}/service_accounts'

/** What an admin key must be allowed to do; docs/providers/openai.md lists the same. */
const SENT = [
  `DELETE ${ACCOUNTS}/{service_account_id}`,
  `DELETE ${KEYS}/{api_key_id}`,
  'GET /models',
  'GET /organization/admin_api_keys',
  'GET /organization/projects',
  'GET /organization/projects/{project_id}',
  'GET /organization/projects/{project_id}/model_permissions',
  'GET /organization/projects/{project_id}/spend_alerts',
  'GET /organization/projects/{project_id}/spend_limit',
  'GET /organization/projects/{project_id}/rate_limits',
  `GET ${ACCOUNTS}/{service_account_id}`,
  `GET ${KEYS}`,
  'POST /organization/projects/{project_id}/rate_limits/{rate_limit_id}',
  `POST ${ACCOUNTS}`,
  `POST ${ACCOUNTS}/{service_account_id}/api_keys`,
  `POST ${KEYS}/{api_key_id}`,
  'POST /responses',
  'GET /organization/audit_logs',
  'GET /organization/costs',
  ...['audio_speeches', 'audio_transcriptions', 'completions', 'embeddings', 'images', 'moderations'].map((kind) => `GET /organization/usage/${kind}`),
]

describe(`openai requests${specMissing}`, () => {
  const spec = openaiSpec()
  let bench: Awaited<ReturnType<typeof ownBench>>
  beforeAll(async () => {
    bench = await ownBench()
    await everything(bench)
  })
  afterAll(() => bench.close())

  it.runIf(spec !== null)('keep to the specification, and are no others than these', () => {
    const verdicts = bench.sandbox.log.map(({ method, path, query, body }) => ({
      sent: `${method} ${path.replace(/\?.*$/, '').replace(bench.project, '{project_id}')}`,
      ...spec?.checkRequest(method, path, query, body),
    }))
    expect(verdicts.filter((verdict) => (verdict.problems ?? []).length > 0)).toEqual([])
    expect([...new Set(verdicts.map((verdict) => verdict.operation ?? verdict.sent))].toSorted()).toEqual(SENT.toSorted())
    expect([...new Set(verdicts.filter((verdict) => verdict.operation === null).map((verdict) => verdict.sent))].toSorted()).toEqual(
      [...OPERATIONS_ABSENT_FROM_SPEC].toSorted(),
    )
  })
})

async function everything(bench: Awaited<ReturnType<typeof ownBench>>): Promise<void> {
  const own = bench.connect({ scopes: ['api.model.read'], probe: { models: ['gpt-5-nano'] } }) as Required<Provider>
  const account = bench.connect({ serviceAccount: undefined, scopes: ['api.model.read'] }) as Required<Provider>
  await own.prove(bench.live)
  await own.rights()
  await own.guards()
  await own.administrator()
  await own.list()
  for (const step of ['minute', 'hour', 'day'] as const) await own.usage({ keyId: 'key_1', from: Date.now() - 2 * DAY, until: Date.now(), step })
  await own.costs('key_1', Date.now() - DAY, Date.now())
  await own.keyEvents('key_1', Date.now() - DAY)
  const one = await own.mint(freshName(), HOUR)
  const two = await account.mint(freshName(), HOUR)
  await own.mint(freshName(), null)
  await own.expire(one.id, 2 * HOUR)
  await own.retire(permission(one.id))
  await own.retireAccount(permission(two.id), bench.sandbox.key(two.id).owner.id)
  for (const { id, most } of await own.rateLimits()) await own.setRateLimit(id, most)
}
