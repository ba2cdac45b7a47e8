/** A consumer's own way to AWS: one signed `GetSecretValue`, without an SDK. */
import { request } from 'node:http'
import { sign } from '../aws/signature.ts'

export interface SecretPlace {
  readonly url: string
  readonly region: string
  readonly secret: string
}

/** The text of the secret in use. Rejects when the answer is not one. */
export async function secretString(place: SecretPlace, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const url = new URL(place.url)
  const body = JSON.stringify({ SecretId: place.secret, VersionStage: 'AWSCURRENT' })
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const headers = { host: url.host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-date': time, 'x-amz-target': 'secretsmanager.GetSecretValue' }
  const credentials = { accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '' }
  const authorization = sign({ method: 'POST', path: '/', query: '', headers, body: Buffer.from(body) }, credentials, place.region)
  const text = await post(url, { ...headers, authorization }, body)
  const answer: unknown = JSON.parse(text)
  return String((answer as { SecretString?: unknown }).SecretString)
}

function post(url: URL, headers: Record<string, string>, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => resolve(Buffer.concat(parts).toString('utf8')))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
