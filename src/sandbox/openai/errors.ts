/**
 * Error bodies as the API writes them, `{error: {message, type, param, code}}`. Texts and codes follow the vendor's
 * error-code page, its community reports and its published specification.
 */
import { redactInMessage } from './keys.ts'

export class ApiFailure extends Error {
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly param: string | null

  constructor(status: number, message: string, more: { type?: string; code?: string | null; param?: string | null } = {}) {
    super(message)
    this.status = status
    this.type = more.type ?? 'invalid_request_error'
    this.code = more.code ?? null
    this.param = more.param ?? null
  }

  get body(): { error: { message: string; type: string; param: string | null; code: string | null } } {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } }
  }
}

export const noKey = (): ApiFailure =>
  new ApiFailure(
    401,
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.",
  )

export const invalidKey = (value: string): ApiFailure =>
  new ApiFailure(401, `Incorrect API key provided: ${redactInMessage(value)}. You can find your API key at https://platform.openai.com/account/api-keys.`, {
    code: 'invalid_api_key',
  })

const SCOPE_HINT =
  "Check that you have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a restricted API key, that it has the necessary scopes."

export const missingScope = (status: 401 | 403, scope: string): ApiFailure =>
  new ApiFailure(status, `You have insufficient permissions for this operation. Missing scopes: ${scope}. ${SCOPE_HINT}`, {
    code: status === 401 ? 'missing_scope' : null,
  })

export const modelNotFound = (model: string): ApiFailure =>
  new ApiFailure(404, `The model \`${model}\` does not exist or you do not have access to it.`, { code: 'model_not_found' })

export const notFound = (what: string, id: string): ApiFailure => new ApiFailure(404, `No such ${what}: ${id}`)

export const badRequest = (message: string, param: string | null = null, code: string | null = null): ApiFailure =>
  new ApiFailure(400, message, { param, code })

export const unknownUrl = (method: string, path: string): ApiFailure => new ApiFailure(404, `Invalid URL (${method} /v1${path})`)

/** Answers that a fault may give by name: each is one row of the provider's error table. */
export const NAMED_FAILURES: Readonly<Record<string, ApiFailure>> = {
  'invalid-key': new ApiFailure(401, 'Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.', {
    code: 'invalid_api_key',
  }),
  'missing-scope': missingScope(401, 'api.model.read'),
  'missing-scope-403': missingScope(403, 'api.model.read'),
  'not-a-member': new ApiFailure(401, 'You must be a member of an organization to use the API. Please contact us to be added to an organization.'),
  'mismatched-organization': new ApiFailure(401, 'OpenAI-Organization header should match organization for API key', { code: 'mismatched_organization' }),
  'mismatched-project': new ApiFailure(401, 'OpenAI-Project header should match project for API key', { code: 'mismatched_project' }),
  'ip-not-allowed': new ApiFailure(401, 'Your IP address is not on the allow list of this project.', { code: 'ip_not_authorized' }),
  'access-enforcement': new ApiFailure(401, 'Request rejected by access enforcement: no matching rule.', { code: 'rejected_by_access_enforcement' }),
  region: new ApiFailure(403, 'Country, region, or territory not supported', { type: 'request_forbidden', code: 'unsupported_country_region_territory' }),
  'project-archived': new ApiFailure(403, 'Your project has been archived and is no longer accessible.', { code: 'not_authorized_invalid_project' }),
  'rate-limit': new ApiFailure(429, 'Rate limit reached for requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.', {
    type: 'requests',
    code: 'rate_limit_exceeded',
  }),
  'slow-down': new ApiFailure(429, 'Slow down: your request rate grew too quickly.', { type: 'rate_limit_error', code: 'slow_down' }),
  quota: new ApiFailure(429, 'You exceeded your current quota, please check your plan and billing details.', {
    type: 'insufficient_quota',
    code: 'insufficient_quota',
  }),
  'no-credit': new ApiFailure(429, 'Your credit balance is used up.', { type: 'insufficient_quota', code: 'credit_balance_exhausted' }),
  'spend-limit': new ApiFailure(429, 'The spend limit of this project is reached.', { type: 'insufficient_quota', code: 'project_spend_limit_exceeded' }),
  overloaded: new ApiFailure(503, 'The engine is currently overloaded, please try again later.', { type: 'server_error' }),
  'server-error': new ApiFailure(500, 'The server had an error while processing your request. Sorry about that!', { type: 'server_error' }),
  'bad-gateway': new ApiFailure(502, 'Bad gateway.', { type: 'server_error' }),
}
