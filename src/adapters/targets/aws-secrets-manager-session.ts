/** The official SDK, held so that it cannot retry, log, follow or wait for ever; one client for all secrets that one identity reaches. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { TargetSurroundings } from '../define.ts'
import { addressOf, type Whereabouts } from './aws-secrets-manager-address.ts'
import { credentialsOf, SILENT } from './aws-secrets-manager-credentials.ts'
import { openTransport } from './aws-secrets-manager-transport.ts'

/** Parts of each call that serve logs and AWS's own statistics: a third of what the SDK costs, and nobody here reads them. */
const UNWANTED = ['loggerMiddleware', 'getUserAgentMiddleware', 'recursionDetectionMiddleware']

export interface Session {
  readonly sdk: typeof import('@aws-sdk/client-secrets-manager')
  readonly client: SecretsManagerClient
}

/** The client for this region, profile and role, made at its first use: a hundred blocks sign in once. Throws for an endpoint that is not allowed. */
export function sessionFor(where: Whereabouts, around: TargetSurroundings): () => Promise<Session> {
  const { region } = addressOf(where)
  const name = JSON.stringify(['aws-secrets-manager', region, where.profile ?? null, where.role ?? null])
  return around.shared?.(name, () => opener(where, around)) ?? opener(where, around)
}

function opener(where: Whereabouts, around: TargetSurroundings): () => Promise<Session> {
  const { region } = addressOf(where)
  const endpoint = endpointOf('SECRETS_MANAGER', `https://secretsmanager.${region}.amazonaws.com`, around)
  const stsEndpoint = endpointOf('STS', `https://sts.${region}.amazonaws.com`, around)
  const transport = openTransport(around)
  const signer = { region, profile: where.profile, role: where.role, stsEndpoint }
  let opening: Promise<Session> | undefined
  const open = async (): Promise<Session> => {
    const sdk = await import('@aws-sdk/client-secrets-manager')
    const client = new sdk.SecretsManagerClient({
      region,
      credentials: credentialsOf(signer, transport, around),
      requestHandler: transport,
      maxAttempts: 1,
      retryMode: 'standard',
      defaultsMode: 'standard',
      logger: SILENT,
      ...(where.profile === undefined ? {} : { profile: where.profile }),
      ...(endpoint === undefined ? {} : { endpoint }),
      cacheMiddleware: true,
    })
    for (const name of UNWANTED) client.middlewareStack.remove(name)
    return { sdk, client }
  }
  return () => (opening ??= open())
}

/** The endpoint that the environment names for this service or for all of AWS, once it has passed the guard; else the SDK finds its own. */
function endpointOf(service: string, fallback: string, around: TargetSurroundings): string | undefined {
  const given = around.env(`AWS_ENDPOINT_URL_${service}`) ?? around.env('AWS_ENDPOINT_URL')
  return given === undefined || given === '' ? undefined : around.endpoint(given, fallback).href
}
