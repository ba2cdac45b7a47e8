/** What the embedded Secrets Manager can be told to be. */

export interface AwsOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** The twelve digits that stand in every ARN. */
  readonly account: string
  /** Where secrets made by hand live unless told otherwise. Requests live where their signature says. */
  readonly region: string
  /** Access keys that may sign requests, besides the one drawn at start. */
  readonly principals: readonly AccessKey[]
  /** Extra time before every answer (ms). */
  readonly latencyMs: number
  /**
   * A read that names neither version nor label sees the labels of this long ago (ms). Zero by default: AWS documents no such lag, and
   * its own behaviours (`shared/conformance`) are held to a read right behind a move.
   */
  readonly defaultReadDelayMs: number
  /** A replica is `InProgress` for this long (ms) after each change of the secret. */
  readonly replicaDelayMs: number
  /** Versions with and without labels that a secret may have before old ones go. */
  readonly maxVersions: number
  /** Labels over all versions of one secret (AWS: 20). */
  readonly maxLabels: number
  /** The clock under the sandbox's own offset: Unix ms. Tests may hold it still. */
  readonly clock: () => number
}

export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The access key that `shared/conformance/aws-secrets-manager.mjs` signs with when it is given none. */
export const CONFORMANCE_KEY: AccessKey = { accessKeyId: 'AKIDTEST', secretAccessKey: 'x' }

export const AWS_DEFAULTS: AwsOptions = {
  port: 0,
  account: '123456789012',
  region: 'us-east-1',
  principals: [CONFORMANCE_KEY],
  latencyMs: 0,
  defaultReadDelayMs: 0,
  replicaDelayMs: 500,
  maxVersions: 100,
  maxLabels: 20,
  clock: Date.now,
}
