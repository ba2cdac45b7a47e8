/** What keyrot reads of Kubernetes objects. Whatever is not named here is dropped when an answer is parsed: other keys' values too. */
import { z } from 'zod'

/** Absent members come as nothing, and from some servers as `null`. */
const some = <S extends z.ZodType>(shape: S) => shape.nullish().transform((value) => value ?? undefined)
const many = <S extends z.ZodType>(item: S) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? [])
const texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => map ?? {})

const owner = z.object({ kind: z.string(), name: z.string(), controller: some(z.boolean()) })

const fieldsOf = z.object({
  manager: some(z.string()),
  time: some(z.string()),
  subresource: some(z.string()),
  fieldsV1: some(z.object({ 'f:data': some(z.record(z.string(), z.unknown())) })),
})

export const secretShape = z.object({
  metadata: z.object({
    resourceVersion: z.string().min(1),
    deletionTimestamp: some(z.string()),
    labels: texts,
    annotations: texts,
    ownerReferences: many(owner),
    managedFields: many(fieldsOf),
  }),
  data: texts,
  immutable: some(z.boolean()),
})
export type SecretObject = z.output<typeof secretShape>

const items = many(z.object({ key: z.string() }))
const named = z.object({ name: some(z.string()) })

const container = z.object({
  env: many(z.object({ valueFrom: some(z.object({ secretKeyRef: some(z.object({ name: some(z.string()), key: z.string() })) })) })),
  envFrom: many(z.object({ secretRef: some(named) })),
  volumeMounts: many(z.object({ name: z.string(), subPath: some(z.string()), subPathExpr: some(z.string()) })),
})

const volume = z.object({
  name: z.string(),
  secret: some(z.object({ secretName: some(z.string()), items })),
  projected: some(z.object({ sources: many(z.object({ secret: some(z.object({ name: some(z.string()), items })) })) })),
})

export const podSpec = z.object({ containers: many(container), initContainers: many(container), ephemeralContainers: many(container), volumes: many(volume) })
export type PodSpec = z.output<typeof podSpec>

export const podShape = z.object({
  metadata: z.object({
    name: z.string(),
    creationTimestamp: some(z.string()),
    deletionTimestamp: some(z.string()),
    labels: texts,
    annotations: texts,
    ownerReferences: many(owner),
  }),
  spec: podSpec,
  status: some(z.object({ phase: some(z.string()) })),
})
export type Pod = z.output<typeof podShape>
export const podPage = z.object({ metadata: z.object({ continue: z.string().optional() }), items: z.array(podShape).nullable() })

const count = some(z.number())

export const workloadShape = z.object({
  metadata: z.object({ generation: count, annotations: texts }),
  spec: z.object({
    replicas: count,
    paused: some(z.boolean()),
    selector: some(z.object({ matchLabels: texts, matchExpressions: many(z.object({ key: z.string(), operator: z.string(), values: many(z.string()) })) })),
    updateStrategy: some(z.object({ type: some(z.string()), rollingUpdate: some(z.object({ partition: count })) })),
    template: z.object({ metadata: some(z.object({ annotations: texts })), spec: podSpec }),
  }),
  status: some(
    z.object({
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      availableReplicas: count,
      readyReplicas: count,
      currentRevision: some(z.string()),
      updateRevision: some(z.string()),
      desiredNumberScheduled: count,
      updatedNumberScheduled: count,
      numberAvailable: count,
      conditions: many(z.object({ type: z.string(), status: some(z.string()), reason: some(z.string()) })),
    }),
  ),
})
export type WorkloadObject = z.output<typeof workloadShape>
