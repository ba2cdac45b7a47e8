/** What a server demands of a Lease (`ValidateLeaseSpec` of kubernetes/kubernetes `pkg/apis/coordination/validation`). */
import { type FieldError, invalidField } from '../failures.ts'
import { isObject, type KubeObject } from '../objects.ts'

const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

export function validateLease({ spec }: KubeObject): FieldError[] {
  if (!isObject(spec)) return []
  const { leaseDurationSeconds: seconds, leaseTransitions: turns } = spec
  return [
    ...(typeof seconds === 'number' && seconds <= 0 ? [invalidField('spec.leaseDurationSeconds', seconds, 'must be greater than 0')] : []),
    ...(typeof turns === 'number' && turns < 0 ? [invalidField('spec.leaseTransitions', turns, 'must be greater than or equal to 0')] : []),
    ...(['acquireTime', 'renewTime'] as const).flatMap((name) => {
      const value = spec[name]
      const fits = value === undefined || value === null || (typeof value === 'string' && MICRO_TIME.test(value))
      // a real server fails earlier, when it decodes; the field is what a person needs to know
      return fits ? [] : [invalidField(`spec.${name}`, value, 'must be a time with six digits of a second')]
    }),
  ]
}
