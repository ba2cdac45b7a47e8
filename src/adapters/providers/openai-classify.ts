/**
 * What an answer of the OpenAI API says about the key that asked: the verdict table, and nothing else. Sources: OpenAI's
 * error-code page, its help centre (6614457) for the 429 codes, community threads for the 401s that do not mean a bad key
 * (codex#1000, codex#29405, community 1371602). The table in words: docs/providers/openai.md.
 */
import { SECOND, type Ms } from '../../domain/duration.ts'
import type { ProbeAnswer } from '../../domain/verdict.ts'

/** What a 2xx must look like to count: a captive portal answers 200 too. */
export type Expected = 'list' | 'response'

const QUOTA_CODES = [
  'insufficient_quota',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
  'billing_hard_limit_reached',
]
const SCOPE_CODES = ['missing_scope', 'insufficient_permissions']
const HOME_CODES = ['mismatched_organization', 'mismatched_project']
const NETWORK_CODES = ['ip_not_authorized', 'rejected_by_access_enforcement', 'no_matching_rule']
const REGION_CODES = ['unsupported_country_region_territory']

/** How long to wait where a busy server does not say. */
const UNSAID_WAIT: Ms = 5 * SECOND

/** The parts of an error body that the table looks at; anything malformed reads as empty. */
interface Complaint {
  readonly code: string
  readonly type: string
  readonly message: string
}

/** Classifies one answer. Pure; never throws, whatever the body is; takes nothing of it over but keyrot's own words. */
export function classify(status: number, body: unknown, expected: Expected, retryAfterMs: Ms | null = null): ProbeAnswer {
  if (status >= 200 && status < 300) return hasShape(body, expected) ? { is: 'accepted' } : unclear('unexpected-answer')
  if (status >= 500) return unclear('server-error')
  const complaint = complaintOf(body)
  if (status === 429) return tooMany(complaint, retryAfterMs)
  if (complaint === null) return unclear('unexpected-answer')
  switch (status) {
    case 401:
      return unauthorized(complaint)
    case 403:
      return forbidden(complaint)
    case 404:
      return complaint.code === 'model_not_found' ? { is: 'limited', code: 'model-not-found' } : unclear('not-found')
    default:
      return unclear('unknown-code')
  }
}

/** Order matters: a text that names another cause outweighs `invalid_api_key`, for only a certain refusal may kill a key. */
function unauthorized(complaint: Complaint): ProbeAnswer {
  if (NETWORK_CODES.includes(complaint.code) || /\bIP address|\byour IP\b|access enforcement/i.test(complaint.message)) return unclear('network-policy')
  if (lacksScope(complaint)) return { is: 'limited', code: 'missing-scope' }
  if (HOME_CODES.includes(complaint.code)) return { is: 'wrong-home', code: 'mismatched' }
  if (/must be a member of an organization/i.test(complaint.message)) return { is: 'wrong-home', code: 'not-a-member' }
  if (complaint.code === 'invalid_api_key') return { is: 'invalid' }
  if (complaint.code === '' && complaint.message.startsWith('Incorrect API key provided')) return { is: 'invalid' }
  return unclear('unknown-code')
}

function forbidden(complaint: Complaint): ProbeAnswer {
  if (REGION_CODES.includes(complaint.code)) return unclear('region')
  if (NETWORK_CODES.includes(complaint.code)) return unclear('network-policy')
  if (complaint.code === 'model_not_found') return { is: 'limited', code: 'model-not-found' }
  return lacksScope(complaint) ? { is: 'limited', code: 'missing-scope' } : unclear('unknown-code')
}

function tooMany(complaint: Complaint | null, retryAfterMs: Ms | null): ProbeAnswer {
  if (complaint?.type === 'insufficient_quota' || QUOTA_CODES.includes(complaint?.code ?? '')) return { is: 'no-quota', code: 'no-quota' }
  return { is: 'busy', retryAfterMs: retryAfterMs ?? UNSAID_WAIT }
}

function lacksScope(complaint: Complaint): boolean {
  return SCOPE_CODES.includes(complaint.code) || /missing scopes?:|insufficient permissions for this operation/i.test(complaint.message)
}

function hasShape(body: unknown, expected: Expected): boolean {
  if (!isRecord(body) || body['object'] !== expected) return false
  return expected === 'list' ? Array.isArray(body['data']) : typeof body['id'] === 'string'
}

/** The error of a body, or `null` where the body is not an OpenAI error: then somebody else answered. */
function complaintOf(body: unknown): Complaint | null {
  const error = isRecord(body) ? body['error'] : undefined
  if (!isRecord(error) || typeof error['message'] !== 'string') return null
  return { code: text(error['code']), type: text(error['type']), message: error['message'] }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function unclear(code: string): ProbeAnswer {
  return { is: 'unclear', code }
}
