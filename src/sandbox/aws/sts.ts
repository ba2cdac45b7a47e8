/** The two operations of the Security Token Service that a role needs: query protocol in, XML out. */
import { AwsFailure } from './errors.ts'
import type { Principal, Principals } from './principals.ts'

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/'
const HOUR = 3_600_000

/** What the query protocol calls the failures of the front; STS answers them with 403. */
const CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: 'AccessDenied',
  ExpiredTokenException: 'ExpiredToken',
  IncompleteSignatureException: 'IncompleteSignature',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  UnrecognizedClientException: 'InvalidClientTokenId',
}

/** The inside of an answer to a signed request. */
export function answerSts(form: URLSearchParams, principal: Principal, principals: Principals, now: number): string {
  const action = form.get('Action') ?? ''
  if (action === 'GetCallerIdentity') {
    const account = principal.arn.split(':')[4] ?? ''
    return result(action, { Arn: principal.arn, UserId: principal.accessKeyId, Account: account })
  }
  if (action !== 'AssumeRole') throw new AwsFailure('InvalidAction', `Could not find operation ${/^\w+$/.test(action) ? action : '?'} for version 2011-06-15`)
  const role = form.get('RoleArn') ?? ''
  const name = form.get('RoleSessionName') ?? ''
  if (!/^[\w+=,.@-]{2,64}$/.test(name))
    throw new AwsFailure('ValidationError', "1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint")
  if (!principals.hasRole(role) || !principals.may('sts:AssumeRole'))
    throw new AwsFailure('AccessDenied', `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${role}`, 403)
  const session = principals.addSession(role, name, now + Number(form.get('DurationSeconds') ?? 3600) * 1000)
  return result(action, {
    AssumedRoleUser: { Arn: session.arn, AssumedRoleId: `AROASANDBOXSANDBOX:${name}` },
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken ?? '',
      Expiration: new Date(session.expiresAt ?? now + HOUR).toISOString(),
    },
  })
}

/** A failure in the words of the query protocol. */
export function failureXml(failure: AwsFailure, requestId: string): { readonly status: number; readonly body: string } {
  const code = CODES[failure.type] ?? failure.type
  const body = `<ErrorResponse xmlns="${NAMESPACE}">${xml({ Error: { Type: 'Sender', Code: code, Message: failure.message }, RequestId: requestId })}</ErrorResponse>`
  return { status: CODES[failure.type] === undefined ? failure.status : 403, body }
}

/** The whole document around the inside of an answer. */
export function answerXml(action: string, inside: string, requestId: string): string {
  return `<${action}Response xmlns="${NAMESPACE}">${inside}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`
}

type Tree = { readonly [name: string]: string | Tree }

const result = (action: string, tree: Tree): string => `<${action}Result>${xml(tree)}</${action}Result>`

function xml(tree: Tree): string {
  return Object.entries(tree)
    .map(([name, value]) => `<${name}>${typeof value === 'string' ? escaped(value) : xml(value)}</${name}>`)
    .join('')
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
