/** Who may sign, as whom, and what they may do. */
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { AwsFailure } from './errors.ts'
import type { AccessKey } from './options.ts'
import { claimOf, verify, type Claim, type Signed } from './signature.ts'

export interface Principal extends AccessKey {
  readonly arn: string
  readonly sessionToken: string | null
  /** Unix ms; `null` = never. */
  readonly expiresAt: number | null
}

/** Keys drawn in the form of AWS's own. */
export function drawKey(prefix: 'AKIA' | 'ASIA'): AccessKey {
  const base32 = [...randomBytes(16)].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('')
  return { accessKeyId: prefix + base32, secretAccessKey: randomBytes(30).toString('base64') }
}

export class Principals {
  readonly #known = new Map<string, Principal>()
  readonly #denied = new Set<string>()
  readonly #roles = new Set<string>()

  addUser(key: AccessKey, account: string): void {
    this.#known.set(key.accessKeyId, { ...key, arn: `arn:aws:iam::${account}:user/sandbox`, sessionToken: null, expiresAt: null })
  }

  /** A session of the role; its ARN is that of the role with the session's name. */
  addSession(role: string, name: string, expiresAt: number): Principal {
    const arn = `${role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${name}`
    const session = { ...drawKey('ASIA'), arn, sessionToken: randomBytes(120).toString('base64'), expiresAt }
    this.#known.set(session.accessKeyId, session)
    return session
  }

  addRole(arn: string): void {
    this.#roles.add(arn)
  }

  hasRole(arn: string): boolean {
    return this.#roles.has(arn)
  }

  deny(action: string): void {
    this.#denied.add(action)
  }

  permit(action: string): void {
    this.#denied.delete(action)
  }

  may(action: string): boolean {
    return !this.#denied.has(action)
  }

  /** The signer of a request; throws what the front of AWS answers when there is none. */
  signerOf(request: Signed, now: number): { readonly principal: Principal; readonly claim: Claim } {
    const claim = claimOf(request.headers)
    const principal = this.#known.get(claim.accessKeyId)
    if (principal === undefined || tokenOf(request.headers) !== principal.sessionToken)
      throw new AwsFailure('UnrecognizedClientException', 'The security token included in the request is invalid.')
    if (principal.expiresAt !== null && principal.expiresAt <= now)
      throw new AwsFailure('ExpiredTokenException', 'The security token included in the request is expired')
    verify(request, claim, principal.secretAccessKey)
    return { principal, claim }
  }
}

function tokenOf(headers: IncomingHttpHeaders): string | null {
  const given = headers['x-amz-security-token']
  return typeof given === 'string' ? given : null
}
