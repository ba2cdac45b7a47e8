/**
 * Failures as Secrets Manager words them. Types are those that the Smithy model declares or that the front of every AWS service gives;
 * texts follow answers recorded from AWS, and never hold a value.
 */

export class AwsFailure extends Error {
  /** `__type` on the wire. */
  readonly type: string
  readonly status: number

  constructor(type: string, message: string, status = 400) {
    super(message)
    this.type = type
    this.status = status
  }
}

export const secretNotFound = (): AwsFailure => new AwsFailure('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")

export const versionNotFound = (which: string): AwsFailure =>
  new AwsFailure('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for ${which}`)

export const markedDeleted = (): AwsFailure =>
  new AwsFailure('InvalidRequestException', "You can't perform this operation on the secret because it was marked for deletion.")

export const invalidParameter = (message: string): AwsFailure => new AwsFailure('InvalidParameterException', message)

export const invalidRequest = (message: string): AwsFailure => new AwsFailure('InvalidRequestException', message)

export const validation = (message: string): AwsFailure => new AwsFailure('ValidationException', message)

export const tokenTaken = (token: string, arn: string): AwsFailure =>
  new AwsFailure('ResourceExistsException', `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`)

export const nameTaken = (name: string): AwsFailure =>
  new AwsFailure('ResourceExistsException', `The operation failed because the secret ${name} already exists.`)

export const limitExceeded = (what: string): AwsFailure =>
  new AwsFailure('LimitExceededException', `The operation failed because it would exceed the quota for ${what}.`)

export const accessDenied = (who: string, action: string, resource: string): AwsFailure =>
  new AwsFailure(
    'AccessDeniedException',
    `User: ${who} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  )
