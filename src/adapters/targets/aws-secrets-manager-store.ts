/** The four calls of Secrets Manager that keyrot makes, each with an answer of the promised form or an error in keyrot's words. */
import { z } from 'zod'
import { KeyrotError } from '../../domain/errors.ts'
import type { Ms } from '../../domain/duration.ts'
import { Secret } from '../../domain/secret.ts'
import type { TargetSurroundings } from '../define.ts'
import { addressOf, type Whereabouts } from './aws-secrets-manager-address.ts'
import { callError, malformed, type Errand } from './aws-secrets-manager-errors.ts'
import { sessionFor, type Session } from './aws-secrets-manager-session.ts'

const TIME = z.date().transform((at): Ms => at.getTime())
const VERSION_ID = z.string().min(1).max(128)

const DESCRIBED = z.object({
  ARN: z.string().min(20).max(2048),
  LastChangedDate: TIME.optional(),
  DeletedDate: TIME.optional(),
  KmsKeyId: z.string().optional(),
  OwningService: z.string().optional(),
  RotationEnabled: z.boolean().optional(),
  ReplicationStatus: z.array(z.object({ Region: z.string().optional(), Status: z.string().optional() })).default([]),
  VersionIdsToStages: z.record(z.string(), z.array(z.string())).default({}),
})

const VALUE = z.object({
  VersionId: VERSION_ID,
  SecretString: z.string().optional(),
  VersionStages: z.array(z.string()).default([]),
  CreatedDate: TIME.optional(),
})

const PUT = z.object({ VersionId: VERSION_ID })

/** AWS names the secret whose label it moved: an answer that does not came from somebody in between. */
const LABELLED = z.object({ ARN: z.string().min(20).max(2048) })

export type Described = z.output<typeof DESCRIBED>

export interface StoredValue {
  /** `null` for a binary value. */
  readonly text: Secret | null
  readonly labels: readonly string[]
  readonly createdAt: Ms | null
}

export interface Store {
  /** The secret's name, for messages. */
  readonly name: string
  describe(): Promise<Described>
  get(versionId: string): Promise<StoredValue>
  /** `KR_AWS_TAKEN` when the id is in use for another text. */
  put(versionId: string, text: Secret, label: string): Promise<void>
  /** Moves a label from one version to another, if it is where `from` says; `null` = nowhere. */
  label(label: string, to: string | null, from: string | null): Promise<void>
}

/** Prepares the calls; the SDK is loaded by the first one. Throws where the environment names an endpoint that is not allowed. */
export function openStore(where: Whereabouts, around: TargetSurroundings): Store {
  const { name } = addressOf(where)
  const ask = asker(name, sessionFor(where, around), around.clock.now)
  const SecretId = where.secret
  return {
    name,
    describe: () => ask(DESCRIBED, { what: 'DescribeSecret', effect: 'read' }, ({ sdk, client }) => client.send(new sdk.DescribeSecretCommand({ SecretId }))),
    async get(VersionId) {
      const errand: Errand = { what: 'GetSecretValue', effect: 'read' }
      const found = await ask(VALUE, errand, ({ sdk, client }) => client.send(new sdk.GetSecretValueCommand({ SecretId, VersionId })))
      if (found.VersionId !== VersionId) throw malformed(`secret ${name}`, errand)
      return {
        text: found.SecretString === undefined ? null : new Secret(found.SecretString),
        labels: found.VersionStages,
        createdAt: found.CreatedDate ?? null,
      }
    },
    async put(ClientRequestToken, text, label) {
      const errand: Errand = { what: 'PutSecretValue', effect: 'write' }
      const input = { SecretId, ClientRequestToken, VersionStages: [label] }
      const made = await ask(PUT, errand, ({ sdk, client }) => client.send(new sdk.PutSecretValueCommand({ ...input, SecretString: text.reveal() })))
      if (made.VersionId !== ClientRequestToken) throw malformed(`secret ${name}`, errand)
    },
    async label(VersionStage, to, from) {
      const input = { SecretId, VersionStage, ...(to === null ? {} : { MoveToVersionId: to }), ...(from === null ? {} : { RemoveFromVersionId: from }) }
      const errand: Errand = { what: 'UpdateSecretVersionStage', effect: 'write' }
      await ask(LABELLED, errand, ({ sdk, client }) => client.send(new sdk.UpdateSecretVersionStageCommand(input)))
    },
  }
}

type Ask = <S extends z.ZodType>(promised: S, errand: Errand, send: (session: Session) => Promise<unknown>) => Promise<z.output<S>>

function asker(name: string, open: () => Promise<Session>, now: () => Ms): Ask {
  return async (promised, errand, send) => {
    try {
      const answer = promised.safeParse(await send(await open()))
      if (answer.success) return answer.data
    } catch (error) {
      if (error instanceof KeyrotError) throw plain(error)
      throw callError(error, `secret ${name}`, errand, now())
    }
    throw malformed(`secret ${name}`, errand)
  }
}

/** The SDK writes its own notes on the errors that pass through it; a fresh one has none. */
function plain(error: KeyrotError): KeyrotError {
  const { code, kind, message, retryable, where, hints, facts } = error
  return new KeyrotError({ code, kind, message, retryable, hints, facts, ...(where === undefined ? {} : { where }) })
}
