/** A certificate authority of the sandbox's own (X.509, RFC 5280; DER, X.690), made at start and kept in memory only. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

export interface Certified {
  /** PEM. */
  readonly certificate: string
  readonly key: string
}

export interface Authority {
  /** PEM, for clients to trust. */
  readonly certificate: string
  /** For the server, on loopback. */
  server(): Certified
  /** For a client: the API server takes the common name as the user. */
  client(user: string): Certified
}

const DAY_MS = 86_400_000

const ID = {
  commonName: [2, 5, 4, 3],
  ecdsaWithSha256: [1, 2, 840, 10045, 4, 3, 2],
  subjectAltName: [2, 5, 29, 17],
  basicConstraints: [2, 5, 29, 19],
  extendedKeyUsage: [2, 5, 29, 37],
  serverAuth: [1, 3, 6, 1, 5, 5, 7, 3, 1],
  clientAuth: [1, 3, 6, 1, 5, 5, 7, 3, 2],
} as const

/** An authority that is valid from a day before `now` (Unix ms) for a month. */
export function newAuthority(now: number): Authority {
  const keys = newKeys()
  const issuer = { name: 'sandbox authority', key: keys.privateKey, now }
  const root = signed(issuer, issuer.name, keys.publicKey, [extension(ID.basicConstraints, sequence(boolean(true)), true)])
  const issue = (name: string, extensions: readonly Buffer[]): Certified => {
    const own = newKeys()
    const key = own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    return { certificate: signed(issuer, name, own.publicKey, extensions), key }
  }
  // GeneralName: [2] dNSName, [7] iPAddress
  const names = sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.from([127, 0, 0, 1])))
  return {
    certificate: root,
    server: () => issue('sandbox', [extension(ID.subjectAltName, names), extension(ID.extendedKeyUsage, sequence(oid(ID.serverAuth)))]),
    client: (user) => issue(user, [extension(ID.extendedKeyUsage, sequence(oid(ID.clientAuth)))]),
  }
}

interface Issuer {
  readonly name: string
  readonly key: KeyObject
  readonly now: number
}

function newKeys(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function signed({ name: by, key, now }: Issuer, subject: string, publicKey: KeyObject, extensions: readonly Buffer[]): string {
  const algorithm = sequence(oid(ID.ecdsaWithSha256))
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)])
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    algorithm,
    named(by),
    sequence(time(now - DAY_MS), time(now + 30 * DAY_MS)),
    named(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  )
  const der = sequence(body, algorithm, bits(sign('sha256', body, key)))
  return `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`
}

function tagged(tag: number, content: Buffer): Buffer {
  const size = content.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 255 : 0]))
}

function bits(content: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), content]))
}

function oid([first, second, ...rest]: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from([(first ?? 0) * 40 + (second ?? 0), ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value & 127]
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 127) | 128)
  return digits
}

function named(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(oid(ID.commonName), tagged(0x0c, Buffer.from(commonName)))))
}

/** UTCTime, whole seconds: as RFC 5280 wants dates before 2050. */
function time(ms: number): Buffer {
  return tagged(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`))
}

function extension(id: readonly number[], value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), tagged(0x04, value))
}
