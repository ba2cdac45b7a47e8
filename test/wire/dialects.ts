/** The error bodies of the four services, as their own documents write them. Words are ours; shapes, statuses and codes are theirs. */
import { always, LOST, type Dialect, type Failure, type Json, type Meaning } from './meaning.ts'

type Row = readonly [name: string, status: number, code: string, means: Meaning]

const openaiBody =
  (code: string, type = 'invalid_request_error') =>
  (words: string) => ({ error: { message: words, type, param: null, code } })

const OPENAI: readonly Row[] = [
  ['400', 400, 'invalid_value', always('rejected')],
  ['401 invalid key', 401, 'invalid_api_key', always('unauthorized')],
  ['401 missing scope', 401, 'missing_scope', always('forbidden')],
  ['401 address not allowed', 401, 'ip_not_authorized', always('unauthorized')],
  ['403', 403, 'insufficient_permissions', always('forbidden')],
  ['404', 404, 'not_found', always('not-found')],
  ['408', 408, 'timeout', LOST],
  ['409', 409, 'conflict', LOST],
  ['422', 422, 'unprocessable', always('rejected')],
]

/** OpenAI's error-code page and its published specification (`ErrorResponse`). */
export const openai: Dialect = {
  contentType: 'application/json',
  idHeaders: ['x-request-id'],
  failures: OPENAI.map(([name, status, code, means]) => ({ name, status, means, body: openaiBody(code) })),
  tooMany: openaiBody('rate_limit_exceeded', 'requests'),
  serverError: (_status, words) => openaiBody('server_error', 'server_error')(words),
  paging: {
    next: (asked, body) => (body['has_more'] === true ? withQuery(asked, 'after', String(body['last_id'])) : null),
    emptied: (body) => ({ ...body, data: [], first_id: null, last_id: null }),
  },
  freeText: ['name', 'email', 'model', 'line_item', 'ip_address'],
}

const awsBody = (type: string) => (words: string) => ({ __type: type, message: words, Message: words })

const AWS: readonly Row[] = [
  ['400 ValidationException', 400, 'ValidationException', always('rejected')],
  ['400 InvalidParameterException', 400, 'InvalidParameterException', { read: ['rejected'], write: ['rejected', 'conflict'] }],
  ['400 InvalidRequestException', 400, 'InvalidRequestException', always('rejected', 'refused')],
  ['400 LimitExceededException', 400, 'LimitExceededException', always('rejected')],
  ['400 UnrecognizedClientException', 400, 'UnrecognizedClientException', always('unauthorized')],
  ['400 ExpiredTokenException', 400, 'ExpiredTokenException', always('unauthorized')],
  ['403 InvalidSignatureException', 403, 'InvalidSignatureException', always('unauthorized')],
  ['400 AccessDeniedException', 400, 'AccessDeniedException', always('forbidden')],
  ['400 DecryptionFailure', 400, 'DecryptionFailure', always('forbidden', 'rejected')],
  ['400 ResourceNotFoundException', 400, 'ResourceNotFoundException', always('not-found')],
  ['400 ResourceExistsException', 400, 'ResourceExistsException', { read: ['rejected', 'conflict'], write: ['conflict'] }],
  ['400 ThrottlingException', 400, 'ThrottlingException', always('rate-limited')],
]

/** AWS JSON 1.1 (Smithy): the error's shape is named by `__type`; common errors of the API reference. */
export const aws: Dialect = {
  contentType: 'application/x-amz-json-1.1',
  idHeaders: ['x-amzn-requestid', 'x-amz-request-id'],
  failures: AWS.map(([name, status, type, means]) => ({ name, status, means, body: awsBody(type) })),
  tooMany: awsBody('TooManyRequestsException'),
  serverError: (status, words) => awsBody(status === 503 ? 'ServiceUnavailable' : 'InternalServiceError')(words),
  freeText: ['Description'],
}

/** `Status` of the API machinery: words stand in `message`, in `details.name` and in each cause. */
const status =
  (code: number, reason: string) =>
  (words: string): Json => ({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: words,
    reason,
    details: { name: words, kind: 'secrets', causes: [{ reason: 'FieldValueInvalid', message: words, field: words }] },
    code,
  })

const KUBERNETES: readonly Row[] = [
  ['400 BadRequest', 400, 'BadRequest', always('rejected')],
  ['401 Unauthorized', 401, 'Unauthorized', always('unauthorized')],
  ['403 Forbidden', 403, 'Forbidden', always('forbidden')],
  ['404 NotFound', 404, 'NotFound', always('not-found')],
  ['409 Conflict', 409, 'Conflict', { read: ['conflict', 'rejected', 'unavailable'], write: ['conflict'] }],
  ['422 Invalid', 422, 'Invalid', always('rejected')],
  ['504 Timeout', 504, 'Timeout', LOST],
]

export const kubernetes: Dialect = {
  contentType: 'application/json',
  idHeaders: ['audit-id'],
  failures: KUBERNETES.map(([name, code, reason, means]) => ({ name, status: code, means, body: status(code, reason) })),
  tooMany: status(429, 'TooManyRequests'),
  serverError: (code, words) => status(code, code === 503 ? 'ServiceUnavailable' : 'InternalError')(words),
  paging: {
    next: (asked, body) => {
      const more = (body['metadata'] as Json | undefined)?.['continue']
      return typeof more === 'string' && more !== '' ? withQuery(asked, 'continue', more) : null
    },
    emptied: (body) => ({ ...body, items: [] }),
  },
  freeText: ['message'],
}

const vercelBody = (code: string) => (words: string) => ({ error: { code, message: words } })

const VERCEL: readonly Row[] = [
  ['400 bad_request', 400, 'bad_request', always('rejected')],
  ['401 unauthorized', 401, 'unauthorized', always('unauthorized')],
  ['402 payment_required', 402, 'payment_required', always('rejected', 'forbidden')],
  ['403 forbidden', 403, 'forbidden', always('forbidden', 'unauthorized')],
  ['404 not_found', 404, 'not_found', always('not-found')],
  ['409 conflict', 409, 'conflict', { read: ['conflict', 'rejected', 'unavailable'], write: ['conflict', 'rejected'] }],
]

const REFUSED_TOKEN: Failure = {
  name: '403 invalid token',
  status: 403,
  means: always('unauthorized', 'forbidden'),
  body: (words) => ({ error: { code: 'forbidden', message: words, invalidToken: true } }),
}

/** Vercel's specification: `{error: {code, message}}`. */
export const vercel: Dialect = {
  contentType: 'application/json; charset=utf-8',
  idHeaders: ['x-vercel-id'],
  failures: [...VERCEL.map(([name, code, word, means]): Failure => ({ name, status: code, means, body: vercelBody(word) })), REFUSED_TOKEN],
  tooMany: vercelBody('rate_limited'),
  serverError: (_status, words) => vercelBody('internal_server_error')(words),
  paging: {
    next: (asked, body) => {
      const more = (body['pagination'] as Json | undefined)?.['next']
      return typeof more === 'number' || typeof more === 'string' ? withQuery(asked, 'until', String(more)) : null
    },
    emptied: (body) => Object.fromEntries(Object.entries(body).map(([name, value]) => [name, Array.isArray(value) ? [] : value])),
  },
  freeText: ['errorMessage', 'message', 'username', 'url', 'inspectorUrl'],
}

function withQuery<T extends { readonly url: string }>(asked: T, name: string, value: string): T {
  const url = new URL(asked.url, 'http://x')
  url.searchParams.set(name, value)
  return { ...asked, url: url.pathname + url.search }
}
