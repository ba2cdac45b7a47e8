/**
 * `Status` bodies as a real kube-apiserver writes them. Texts follow the recorded transcript (kube-apiserver 1.26) and the source of
 * `k8s.io/apimachinery/pkg/api/errors` and `pkg/util/validation/field`.
 */

export interface Cause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly Cause[]
  readonly retryAfterSeconds?: number
}

/** What a resource or kind is called in an error: `secrets`, or `Deployment` of the group `apps`. */
export interface Named {
  readonly group: string
  readonly kind: string
}

export class Failure extends Error {
  readonly code: number
  readonly reason: string
  readonly details: StatusDetails | undefined

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }

  get body(): unknown {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    }
  }
}

function detailsOf({ group, kind }: Named, name?: string): StatusDetails {
  return { ...(name === undefined ? {} : { name }), ...(group === '' ? {} : { group }), kind }
}

/** `secrets`, `deployments.apps`. */
export function qualified({ group, kind }: Named): string {
  return group === '' ? kind : `${kind}.${group}`
}

export const notFound = (what: Named, name: string): Failure => new Failure(404, 'NotFound', `${qualified(what)} "${name}" not found`, detailsOf(what, name))

export const noSuchResource = (): Failure => new Failure(404, 'NotFound', 'the server could not find the requested resource', {})

export const alreadyExists = (what: Named, name: string): Failure =>
  new Failure(409, 'AlreadyExists', `${qualified(what)} "${name}" already exists`, detailsOf(what, name))

export const conflict = (what: Named, name: string, why: string): Failure =>
  new Failure(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(what)} "${name}": ${why}`, detailsOf(what, name))

export const modified = (what: Named, name: string): Failure =>
  conflict(what, name, 'the object has been modified; please apply your changes to the latest version and try again')

export const unauthorized = (): Failure => new Failure(401, 'Unauthorized', 'Unauthorized')

export const forbidden = (what: Named, name: string | undefined, why: string): Failure =>
  new Failure(403, 'Forbidden', `${qualified(what)}${name === undefined ? '' : ` "${name}"`} is forbidden: ${why}`, detailsOf(what, name))

export const badRequest = (message: string): Failure => new Failure(400, 'BadRequest', message)

export const expired = (message: string): Failure => new Failure(410, 'Expired', message)

export const methodNotAllowed = (): Failure => new Failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

/** What a JSON patch that does not fit answers: its own words are withheld. */
export const unprocessable = (): Failure => new Failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {})

export const tooLarge = (limit: number): Failure => new Failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`)

export const unsupportedMediaType = (accepted: readonly string[]): Failure =>
  new Failure(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`)

export interface FieldError {
  readonly field: string
  readonly reason: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueTooLong' | 'FieldValueForbidden' | 'FieldValueNotSupported'
  readonly text: string
}

/** A Go value as `field.Invalid` shows it: strings quoted, all else as JSON. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : JSON.stringify(value ?? null)
}

export const invalidField = (field: string, value: unknown, why: string): FieldError => ({
  field,
  reason: 'FieldValueInvalid',
  text: `Invalid value: ${shown(value)}: ${why}`,
})

export const requiredField = (field: string, why = ''): FieldError => ({
  field,
  reason: 'FieldValueRequired',
  text: `Required value${why === '' ? '' : `: ${why}`}`,
})

export const tooLongField = (field: string, bytes: number): FieldError => ({
  field,
  reason: 'FieldValueTooLong',
  text: `Too long: must have at most ${bytes} bytes`,
})

export const forbiddenField = (field: string, why: string): FieldError => ({ field, reason: 'FieldValueForbidden', text: `Forbidden: ${why}` })

export const unsupportedField = (field: string, value: unknown, known: readonly string[]): FieldError => ({
  field,
  reason: 'FieldValueNotSupported',
  text: `Unsupported value: ${shown(value)}: supported values: ${known.map((each) => JSON.stringify(each)).join(', ')}`,
})

/** 422 with one cause for each field. A single error stands alone in the message, several in brackets. */
export function invalid(what: Named, name: string, errors: readonly FieldError[]): Failure {
  const lines = errors.map(({ field, text }) => `${field}: ${text}`)
  const message = `${qualified(what)} "${name}" is invalid: ${lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`}`
  const causes = errors.map(({ reason, text, field }) => ({ reason, message: text, field }))
  const { group, kind } = what
  const details = { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), ...(kind === '' ? {} : { kind }), causes }
  return new Failure(422, 'Invalid', message, details)
}
