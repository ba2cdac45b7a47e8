/**
 * Whose credentials sign: the standard chain of AWS (environment, profile, SSO, process, web identity, container, instance), and on
 * top of it a role, if one is named. Failures of the chain come out in keyrot's words; what a helper printed stays inside.
 */
import { SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError } from '../../domain/errors.ts'
import type { TargetSurroundings } from '../define.ts'
import { callError, malformed } from './aws-secrets-manager-errors.ts'
import type { Transport } from './aws-secrets-manager-transport.ts'

/** Helpers that sign in without a person take seconds. */
const DEADLINE: Ms = 30 * SECOND

export interface Identity {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

export interface Signer {
  readonly region: string
  readonly profile: string | undefined
  readonly role: string | undefined
  /** Of the Security Token Service, where the environment names one. */
  readonly stsEndpoint: string | undefined
}

/** Nothing the SDK has to say reaches a person. */
export const SILENT = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** A provider as SDK clients take it. Each call walks the chain anew; clients keep what it gives until it expires. */
export function credentialsOf(signer: Signer, transport: Transport, around: TargetSurroundings): () => Promise<Identity> {
  return async () => {
    const watched = watching(transport)
    const stop = AbortSignal.any([around.signal, AbortSignal.timeout(around.deadlineMs ?? DEADLINE)])
    try {
      return await Promise.race([chain(signer, watched.transport, around), aborted(stop)])
    } catch (error) {
      if (stop.aborted) throw slow(around.signal.aborted)
      throw watched.failure() ?? chainError(error, signer, watched.answered(), around.clock.now())
    }
  }
}

async function chain({ region, profile, role, stsEndpoint }: Signer, transport: Transport, around: TargetSurroundings): Promise<Identity> {
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  const clientConfig = { region, requestHandler: transport, maxAttempts: 1, logger: SILENT, ...(profile === undefined ? {} : { profile }) }
  const own = fromNodeProviderChain({ ...(profile === undefined ? {} : { profile }), clientConfig, logger: SILENT })
  if (role === undefined) return own()
  return fromTemporaryCredentials({
    masterCredentials: own,
    params: { RoleArn: role, RoleSessionName: `keyrot-${around.ns}` },
    clientConfig: { ...clientConfig, ...(stsEndpoint === undefined ? {} : { endpoint: stsEndpoint }) },
    logger: SILENT,
  })()
}

interface Watched {
  readonly transport: Transport
  /** Our own client's failure: the SDK wraps what its providers throw. */
  readonly failure: () => KeyrotError | null
  /** Whether the last thing that was heard is a 2xx. */
  readonly answered: () => boolean
}

function watching(transport: Transport): Watched {
  let failure: KeyrotError | null = null
  let answered = false
  const handle: Transport['handle'] = async (request) => {
    try {
      const answer = await transport.handle(request)
      answered = answer.response.statusCode >= 200 && answer.response.statusCode < 300
      return answer
    } catch (error) {
      if (error instanceof KeyrotError) failure = error
      throw error
    }
  }
  return { transport: { ...transport, handle }, failure: () => failure, answered: () => answered }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new Error('stopped'))
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}

function slow(told: boolean): KeyrotError {
  if (told) return new KeyrotError({ code: 'KR_AWS_CREDENTIALS', kind: 'interrupted', message: 'told to stop while AWS credentials were fetched' })
  return new KeyrotError({
    code: 'KR_AWS_CREDENTIALS',
    kind: 'unavailable',
    message: 'AWS credentials did not come in time',
    hints: ['a credential_process or a metadata service hangs'],
  })
}

/** What STS answered keeps its meaning, also where that is none; everything else is a chain that has nothing to give. */
function chainError(error: unknown, { profile, role }: Signer, answered: boolean, now: Ms): KeyrotError {
  const subject = role === undefined ? 'AWS credentials' : `role ${role}`
  const errand = { what: 'signing in', effect: 'read' } as const
  if (hasStatus(error)) return callError(error, subject, errand, now)
  if (answered) return malformed(subject, errand)
  return new KeyrotError({
    code: 'KR_AWS_CREDENTIALS',
    kind: 'unauthorized',
    message: `no AWS credentials could be had${profile === undefined ? '' : ` for the profile ${profile}`}`,
    hints: ['see what this says: aws sts get-caller-identity', 'keyrot cannot be asked for an MFA code: sign in first, then name that profile'],
  })
}

function hasStatus(error: unknown): boolean {
  const metadata: unknown = error instanceof Error && '$metadata' in error ? error.$metadata : null
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
}
