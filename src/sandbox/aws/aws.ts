/**
 * An embedded AWS on loopback: Secrets Manager (JSON 1.1) and what of STS a role needs, on one port, stateful, signatures verified.
 * It holds itself to `shared/conformance/aws-secrets-manager.mjs` and to the published Smithy model.
 */
import type { AddressInfo } from 'node:net'
import { listen } from '../loopback.ts'
import { handsOf, type AwsHands } from './hands.ts'
import type { AwsLogEntry } from './log.ts'
import { AWS_DEFAULTS, type AccessKey, type AwsOptions } from './options.ts'
import { drawKey, Principals } from './principals.ts'
import { handler, type Desk } from './server.ts'
import { World } from './world.ts'

export type { AwsHands, SecretView, SecretWish, Switches, VersionView } from './hands.ts'
export type { AwsLogEntry } from './log.ts'
export type { Call, Fate, Meddler } from './meddling.ts'
export { AWS_DEFAULTS, CONFORMANCE_KEY, type AccessKey, type AwsOptions } from './options.ts'

export interface AwsSandbox {
  /** For `AWS_ENDPOINT_URL`: Secrets Manager and STS answer here. */
  readonly url: string
  /** Drawn at start; may do everything. */
  readonly credentials: AccessKey
  readonly region: string
  readonly account: string
  /** Every request so far, in order. */
  readonly log: readonly AwsLogEntry[]
  readonly hands: AwsHands
  /** Ends every connection. */
  close(): Promise<void>
}

/** Starts an AWS with one access key and nothing else in it. Rejects when the port is taken. */
export async function startAws(options: Partial<AwsOptions> = {}): Promise<AwsSandbox> {
  const world = new World({ ...AWS_DEFAULTS, ...options })
  const principals = new Principals()
  const credentials = drawKey('AKIA')
  for (const key of [credentials, ...world.options.principals]) principals.addUser(key, world.options.account)
  const desk: Desk = { world, principals, log: [], meddler: null }
  const server = await listen(world.options.port, handler(desk))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    credentials,
    region: world.options.region,
    account: world.options.account,
    log: desk.log,
    hands: handsOf(desk),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
