/** The verdict table, row by row, and what may never happen in it whatever a server sends. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classify } from '../../../src/adapters/providers/openai.ts'
import type { ProbeAnswer } from '../../../src/domain/verdict.ts'

const error = (code: string | null, message = 'words', type = 'invalid_request_error') => ({ error: { message, type, param: null, code } })
const incorrect = 'Incorrect API key provided: sk-abc***def. You can find your API key at …'
const scopes = 'You have insufficient permissions for this operation. Missing scopes: api.model.read. Check …'

const ROWS: readonly (readonly [string, number, unknown, ProbeAnswer])[] = [
  ['a list of models', 200, { object: 'list', data: [] }, { is: 'accepted' }],
  ['a captive portal', 200, undefined, { is: 'unclear', code: 'unexpected-answer' }],
  ['another JSON', 200, { ok: true }, { is: 'unclear', code: 'unexpected-answer' }],
  ['a list without data', 200, { object: 'list' }, { is: 'unclear', code: 'unexpected-answer' }],
  ['nothing', 204, undefined, { is: 'unclear', code: 'unexpected-answer' }],
  ['invalid_api_key', 401, error('invalid_api_key', incorrect), { is: 'invalid' }],
  ['the same text without a code', 401, error(null, incorrect), { is: 'invalid' }],
  ['a 401 for a scope, by code', 401, error('missing_scope'), { is: 'limited', code: 'missing-scope' }],
  ['a 401 for a scope, by text', 401, error(null, scopes), { is: 'limited', code: 'missing-scope' }],
  ['a contradiction', 401, error('invalid_api_key', scopes), { is: 'limited', code: 'missing-scope' }],
  ['no member', 401, error(null, 'You must be a member of an organization to use the API.'), { is: 'wrong-home', code: 'not-a-member' }],
  ['another organization', 401, error('mismatched_organization'), { is: 'wrong-home', code: 'mismatched' }],
  ['another project', 401, error('mismatched_project'), { is: 'wrong-home', code: 'mismatched' }],
  ['IP allow-list, by code', 401, error('ip_not_authorized'), { is: 'unclear', code: 'network-policy' }],
  ['IP allow-list, by text', 401, error('invalid_api_key', 'Your IP address is not allowed.'), { is: 'unclear', code: 'network-policy' }],
  ['access enforcement', 401, error('rejected_by_access_enforcement'), { is: 'unclear', code: 'network-policy' }],
  ['no matching rule', 401, error('no_matching_rule'), { is: 'unclear', code: 'network-policy' }],
  ['an unknown 401', 401, error('brand_new_reason'), { is: 'unclear', code: 'unknown-code' }],
  ['a 401 without a key', 401, error(null, "You didn't provide an API key."), { is: 'unclear', code: 'unknown-code' }],
  ['a proxy that wants a login', 401, undefined, { is: 'unclear', code: 'unexpected-answer' }],
  ['a region', 403, error('unsupported_country_region_territory'), { is: 'unclear', code: 'region' }],
  ['a 403 for a scope', 403, error(null, scopes), { is: 'limited', code: 'missing-scope' }],
  ['a 403 for a model', 403, error('model_not_found'), { is: 'limited', code: 'model-not-found' }],
  ['an archived project', 403, error('not_authorized_invalid_project'), { is: 'unclear', code: 'unknown-code' }],
  ['a firewall', 403, undefined, { is: 'unclear', code: 'unexpected-answer' }],
  ['no such model', 404, error('model_not_found'), { is: 'limited', code: 'model-not-found' }],
  ['no such path', 404, error(null, 'Invalid URL'), { is: 'unclear', code: 'not-found' }],
  ['quota', 429, error('insufficient_quota', 'words', 'insufficient_quota'), { is: 'no-quota', code: 'no-quota' }],
  ['credit', 429, error('credit_balance_exhausted', 'words', 'insufficient_quota'), { is: 'no-quota', code: 'no-quota' }],
  ['spend limit, by code alone', 429, error('project_spend_limit_exceeded'), { is: 'no-quota', code: 'no-quota' }],
  ['rate', 429, error('rate_limit_exceeded'), { is: 'busy', retryAfterMs: 7_000 }],
  ['slow down', 429, error('slow_down'), { is: 'busy', retryAfterMs: 7_000 }],
  ['a busy gateway', 429, undefined, { is: 'busy', retryAfterMs: 7_000 }],
  ['a bad request', 400, error('x'), { is: 'unclear', code: 'unknown-code' }],
  ['a timeout', 408, error('x'), { is: 'unclear', code: 'unknown-code' }],
  ['a server error', 500, error('invalid_api_key', incorrect), { is: 'unclear', code: 'server-error' }],
  ['overload', 503, undefined, { is: 'unclear', code: 'server-error' }],
]

describe('the verdict table', () => {
  it.each(ROWS)('%s', (_, status, body, answer) => {
    expect(classify(status, body, 'list', 7_000)).toEqual(answer)
  })

  it('wants the shape of the call that was made', () => {
    expect(classify(200, { object: 'response', id: 'resp_1' }, 'response')).toEqual({ is: 'accepted' })
    expect(classify(200, { object: 'list', data: [] }, 'response').is).toBe('unclear')
    expect(classify(200, { object: 'response', id: 'resp_1' }, 'list').is).toBe('unclear')
  })

  it('waits a moment where a busy server does not say how long', () => {
    expect(classify(429, undefined, 'list')).toEqual({ is: 'busy', retryAfterMs: 5_000 })
  })

  it('never throws, never accepts but by 2xx, never kills a key but by the one 401, and repeats nothing it was sent', () => {
    const body = fc.oneof(fc.jsonValue(), fc.record({ error: fc.record({ message: fc.string(), code: fc.option(fc.string()), type: fc.string() }) }))
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), body, (status, sent) => {
        const answer = classify(status, sent, 'list')
        if (answer.is === 'accepted') expect([status >= 200 && status < 300, Array.isArray((sent as { data?: unknown }).data)]).toEqual([true, true])
        if (answer.is === 'invalid') expect(status).toBe(401)
        if ('code' in answer) expect(answer.code).toMatch(/^[a-z-]{3,40}$/)
      }),
      { seed: 20261121, numRuns: 2_000 },
    )
  })
})
