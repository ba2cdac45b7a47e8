/** How the Security Token Service says no: the query protocol, in XML (its API reference, "Common Error Types"). */
import { always, type Dialect, type Meaning } from './meaning.ts'

type Row = readonly [name: string, status: number, code: string, means: Meaning]

const STS: readonly Row[] = [
  ['400 ValidationError', 400, 'ValidationError', always('rejected')],
  ['403 AccessDenied', 403, 'AccessDenied', always('forbidden')],
  ['403 InvalidClientTokenId', 403, 'InvalidClientTokenId', always('unauthorized')],
  ['403 SignatureDoesNotMatch', 403, 'SignatureDoesNotMatch', always('unauthorized')],
  ['403 ExpiredToken', 403, 'ExpiredToken', always('unauthorized')],
  ['400 Throttling', 400, 'Throttling', always('rate-limited')],
]

interface Said {
  readonly code: string
  readonly words: string
}

const body =
  (code: string) =>
  (words: string): Said => ({ code, words })

/** Control characters but line ends cannot stand in XML 1.0; the others come as they are. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/(?![\t\r\n])\p{Cc}/gu, '')
}

function encode(given: unknown): string {
  if (typeof given !== 'object' || given === null || !('code' in given))
    return '<AssumeRoleResponse><AssumeRoleResult>42</AssumeRoleResult></AssumeRoleResponse>'
  const { code, words } = given as Said
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(words)}</Message></Error>`
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>${escaped(words).slice(0, 400)}</RequestId></ErrorResponse>`
}

export const sts: Dialect = {
  contentType: 'text/xml',
  idHeaders: ['x-amzn-requestid'],
  failures: STS.map(([name, status, code, means]) => ({ name, status, means, body: body(code) })),
  tooMany: body('Throttling'),
  serverError: (status, words) => body(status === 503 ? 'ServiceUnavailable' : 'InternalFailure')(words),
  encode,
  freeText: [],
}
