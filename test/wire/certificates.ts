/**
 * Certificates for a server on loopback, good and bad, made while the test runs: no key of any kind lies in the repository. X.509 v3
 * in DER by hand (RFC 5280, section 4.1), because Node can read certificates but not write them, and not every machine has openssl.
 */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

export interface Identity {
  /** PEM. */
  readonly cert: string
  /** PEM; of this process only. */
  readonly key: string
}

export interface Identities {
  /** The authority that a client is told to trust. PEM. */
  readonly authority: string
  /** What a client must accept: the proof that the others fail for their own reason. */
  readonly good: Identity
  readonly expired: Identity
  readonly notYetValid: Identity
  readonly wrongHost: Identity
  readonly selfSigned: Identity
  /** In order, but signed by an authority that nobody trusts. */
  readonly unknownAuthority: Identity
}

const DAY = 86_400_000
const NAMES = { dns: 'localhost', ip: [127, 0, 0, 1] } as const

/** One trusted authority and a server's certificates of every kind. */
export function makeIdentities(now = Date.now()): Identities {
  const trusted = newPair('keyrot test authority')
  const stranger = newPair('somebody else')
  const life = { from: now - DAY, to: now + DAY }
  const server = (issuer: Pair, wish: Partial<Wish> = {}): Identity => {
    const pair = newPair('loopback')
    const wanted: Wish = { subject: pair, issuer, ...life, names: NAMES, authority: false, ...wish }
    return { cert: certify(wanted), key: pemOf(pair.privateKey) }
  }
  const own = newPair('loopback')
  return {
    authority: certify({ subject: trusted, issuer: trusted, ...life, names: null, authority: true }),
    good: server(trusted),
    expired: server(trusted, { from: now - 3 * DAY, to: now - DAY }),
    notYetValid: server(trusted, { from: now + DAY, to: now + 3 * DAY }),
    wrongHost: server(trusted, { names: { dns: 'elsewhere.invalid', ip: [192, 0, 2, 1] } }),
    selfSigned: { cert: certify({ subject: own, issuer: own, ...life, names: NAMES, authority: false }), key: pemOf(own.privateKey) },
    unknownAuthority: server(stranger),
  }
}

interface Pair {
  readonly name: string
  readonly privateKey: KeyObject
}

interface Wish {
  readonly subject: Pair
  readonly issuer: Pair
  readonly from: number
  readonly to: number
  readonly names: { readonly dns: string; readonly ip: readonly number[] } | null
  readonly authority: boolean
}

function newPair(name: string): Pair {
  return { name, privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** ecdsa-with-SHA256 (RFC 5758, section 3.2). */
const ALGORITHM = sequence(oid([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]))

function certify(wish: Wish): string {
  const version = tagged(0xa0, integer(Buffer.from([2])))
  const validity = sequence(time(wish.from), time(wish.to))
  const key = createPublicKey(wish.subject.privateKey).export({ type: 'spki', format: 'der' })
  const serial = integer(Buffer.concat([Buffer.from([1]), randomBytes(8)]))
  const body = sequence(version, serial, ALGORITHM, name(wish.issuer.name), validity, name(wish.subject.name), key, extensions(wish))
  const signature = sign('sha256', body, wish.issuer.privateKey)
  const der = sequence(body, ALGORITHM, tagged(0x03, Buffer.from([0]), signature))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function name(text: string): Buffer {
  return sequence(tagged(0x31, sequence(oid([0x55, 0x04, 0x03]), tagged(0x0c, Buffer.from(text)))))
}

/** Basic constraints, critical; key usage, critical: an authority signs certificates, a server signs handshakes; names of the server. */
function extensions({ authority, names }: Wish): Buffer {
  const yes = tagged(0x01, Buffer.from([0xff]))
  const constraints = sequence(oid([0x55, 0x1d, 0x13]), yes, tagged(0x04, sequence(...(authority ? [yes] : []))))
  const usage = sequence(oid([0x55, 0x1d, 0x0f]), yes, tagged(0x04, tagged(0x03, authority ? Buffer.from([1, 0x06]) : Buffer.from([7, 0x80]))))
  const altNames = names === null ? [] : [sequence(tagged(0x82, Buffer.from(names.dns)), tagged(0x87, Buffer.from(names.ip)))]
  const all = [constraints, usage, ...altNames.map((list) => sequence(oid([0x55, 0x1d, 0x11]), tagged(0x04, list)))]
  return tagged(0xa3, sequence(...all))
}

function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replaceAll(/\D/g, '').slice(2, 14)
  return tagged(0x17, Buffer.from(`${digits}Z`))
}

function oid(bytes: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes))
}

/** Positive: the callers see to a first byte below 0x80. */
function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes)
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts)
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const length = content.length < 0x100 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}
