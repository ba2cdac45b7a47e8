/** The SDK's way to the network: through keyrot's own HTTP client, to AWS's own hosts, this machine, or a host allowed by name. */
import type { TargetSurroundings } from '../define.ts'
import { openHttp } from '../http/http.ts'

/** What the SDK hands over: a request that is signed already. */
interface SignedRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

interface Answered {
  readonly response: { readonly statusCode: number; readonly headers: Record<string, string>; readonly body: Uint8Array }
}

export interface Transport {
  handle(request: SignedRequest): Promise<Answered>
  destroy(): void
}

/** Operations that change something; whatever else the SDK sends (reads, sign-ins) may be repeated. */
const CHANGES = new Set(['secretsmanager.PutSecretValue', 'secretsmanager.UpdateSecretVersionStage'])

/** Headers that belong to the connection; our client writes its own. All others may be covered by the signature and go out as they are. */
const OF_THE_CONNECTION = new Set(['host', 'content-length', 'connection', 'expect', 'accept-encoding', 'transfer-encoding'])

/** Hosts of Secrets Manager and of what hands out credentials, in every partition: never another service's (buckets and gateways are anyone's). */
const AWS_HOST =
  /^(?:(?:secretsmanager|sts|portal\.sso|oidc)(?:-fips)?(?:\.[a-z0-9-]{1,40})?\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|api\.aws|api\.amazonwebservices\.com\.cn|c2s\.ic\.gov|sc2s\.sgov\.gov)|(?:[a-z0-9-]{1,40}\.)?signin\.aws\.amazon\.com)$/

/** Rejects with a KeyrotError only, and never follows, retries or waits longer than our client does. */
export function openTransport(around: TargetSurroundings): Transport {
  const web = openHttp({ env: around.env, signal: around.signal, turn: around.turn, deadlineMs: around.deadlineMs })
  return {
    handle: async (request) => {
      const url = urlOf(request)
      if (url.protocol !== 'https:' || !AWS_HOST.test(url.hostname)) around.endpoint(url.origin, DEFAULT_HOST)
      const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase())))
      const reads = !CHANGES.has(request.headers['x-amz-target'] ?? '')
      const answer = await web.ask({ url, method: request.method, headers: { 'user-agent': 'keyrot', ...headers }, body: textOf(request.body), reads })
      return { response: { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: answer.body } }
    },
    destroy: () => {},
  }
}

const DEFAULT_HOST = 'https://secretsmanager.us-east-1.amazonaws.com'

function urlOf({ protocol, hostname, port, path, query = {} }: SignedRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`)
  for (const [name, given] of Object.entries(query)) {
    for (const value of Array.isArray(given) ? given : [given ?? '']) url.searchParams.append(name, String(value))
  }
  return url
}

function textOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : undefined
}
