/** Kubernetes objects as an API server would send them, run through the adapter's own shapes. */
import {
  podShape,
  secretShape,
  workloadShape,
  type Pod,
  type PodSpec,
  type SecretObject,
  type WorkloadObject,
} from '../../../src/adapters/targets/kubernetes-shapes.ts'

export type Raw = Record<string, unknown>

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

export function secretObject(parts: { readonly data?: Record<string, string>; readonly metadata?: Raw; readonly immutable?: boolean } = {}): SecretObject {
  const data = Object.fromEntries(Object.entries(parts.data ?? {}).map(([name, value]) => [name, base64(value)]))
  return secretShape.parse({
    kind: 'Secret',
    metadata: { name: 'openai', resourceVersion: '7', ...parts.metadata },
    ...(parts.data === undefined ? {} : { data }),
    ...(parts.immutable === undefined ? {} : { immutable: parts.immutable }),
  })
}

/** One entry of managed fields. */
export function wrote(manager: string, time: string, keys: readonly string[], more: Raw = {}): Raw {
  const fields = Object.fromEntries(keys.map((key) => [`f:${key}`, {}]))
  return { manager, operation: 'Update', time, fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { '.': {}, ...fields } }, ...more }
}

export function podOf(spec: Raw, metadata: Raw = {}, status: Raw = { phase: 'Running' }): Pod {
  return podShape.parse({
    metadata: { name: 'web-5d8f-abcde', creationTimestamp: '2026-01-01T00:00:10Z', ...metadata },
    spec: { containers: [{ name: 'c' }], ...spec },
    status,
  })
}

export const specOf = (spec: Raw): PodSpec => podOf(spec).spec

/** A container that gets one data key of a Secret by its environment. */
export const envOf = (name: string, key = 'KEY'): Raw => ({ name: 'c', env: [{ name: 'K', valueFrom: { secretKeyRef: { name, key } } }] })

export function workloadOf(parts: { readonly metadata?: Raw; readonly spec?: Raw; readonly status?: Raw; readonly template?: Raw } = {}): WorkloadObject {
  return workloadShape.parse({
    metadata: { name: 'web', generation: 2, ...parts.metadata },
    spec: { selector: { matchLabels: { app: 'web' } }, template: { spec: { containers: [envOf('openai')] }, ...parts.template }, ...parts.spec },
    status: { observedGeneration: 2, ...parts.status },
  })
}
