/** Signature Version 4, from the server's side: a request whose headers were lost or changed on the way is refused, as AWS would. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { AwsFailure } from './errors.ts'

export interface Signed {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Claim {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

const FORM = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/

/** Who signed, for where and over what; nothing is verified yet. */
export function claimOf(headers: IncomingHttpHeaders): Claim {
  const given = headers.authorization
  if (given === undefined) throw new AwsFailure('MissingAuthenticationTokenException', 'Missing Authentication Token')
  const [, accessKeyId, date, region, service, signed, signature] = FORM.exec(given) ?? []
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined || signed === undefined || signature === undefined)
    throw new AwsFailure('IncompleteSignatureException', 'Authorization header requires the Credential, SignedHeaders and Signature parameters.')
  return { accessKeyId, date, region, service, signedHeaders: signed.split(';'), signature }
}

/** Throws unless the signature is right for this key, and covers the host and every `x-amz-` header. */
export function verify(request: Signed, claim: Claim, secretAccessKey: string): void {
  const wanted = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))]
  const time = request.headers['x-amz-date']
  const covered = wanted.every((name) => claim.signedHeaders.includes(name)) && typeof time === 'string' && time.startsWith(claim.date)
  const expected = covered ? signatureOf(request, claim, secretAccessKey, String(time)) : Buffer.alloc(32)
  if (!covered || !timingSafeEqual(expected, Buffer.from(claim.signature, 'hex'))) throw mismatch()
}

/** The `authorization` header of a client of the sandbox; signs every header given. `x-amz-date` must be among them. */
export function sign(
  request: Signed,
  { accessKeyId, secretAccessKey }: { readonly accessKeyId: string; readonly secretAccessKey: string },
  region: string,
): string {
  const time = String(request.headers['x-amz-date'])
  const signedHeaders = Object.keys(request.headers).toSorted()
  const claim = { accessKeyId, date: time.slice(0, 8), region, service: 'secretsmanager', signedHeaders, signature: '' }
  const signature = signatureOf(request, claim, secretAccessKey, time).toString('hex')
  const scope = `${accessKeyId}/${claim.date}/${region}/secretsmanager/aws4_request`
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
}

const mismatch = (): AwsFailure =>
  new AwsFailure(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  )

function signatureOf(request: Signed, claim: Claim, secretAccessKey: string, time: string): Buffer {
  const headers = claim.signedHeaders.map((name) => `${name}:${valueOf(request.headers, name)}\n`).join('')
  const canonical = [request.method, request.path, request.query, headers, claim.signedHeaders.join(';'), sha256(request.body)].join('\n')
  const scope = [claim.date, claim.region, claim.service, 'aws4_request']
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n')
  const key = scope.reduce<Buffer | string>((parent, part) => hmac(parent, part), `AWS4${secretAccessKey}`)
  return hmac(key, toSign)
}

function valueOf(headers: IncomingHttpHeaders, name: string): string {
  return String(headers[name] ?? '')
    .trim()
    .replaceAll(/[ \t]+/g, ' ')
}

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: Buffer | string, data: string): Buffer => createHmac('sha256', key).update(data).digest()
