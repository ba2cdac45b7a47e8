/** The two shelves in a namespace: Leases of `coordination.k8s.io`, and ConfigMaps that carry the fence as an annotation. */
import { z } from 'zod'
import { SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError } from '../../domain/errors.ts'
import type { Lease, Sheet, SharedStore, Shelf, Stored } from '../../ports/store.ts'
import type { Surroundings } from '../define.ts'
import { openCluster, type ClusterApi } from '../targets/kubernetes-api.ts'
import { clusterOf } from '../targets/kubernetes-settings.ts'
import { stateRights } from './kubernetes-rights.ts'
import type { StateSettings } from './kubernetes.ts'

/** A renewal must be over well before its lease is: whoever gets no answer in this time asks again. */
const DEADLINE: Ms = 10 * SECOND
const OWNER = 'keyrot'
const FENCE = 'keyrot.dev/fence'
const HOLDER = 'keyrot.dev/holder'
const ASKED = 'keyrot.dev/asked'
const LABELS = { 'app.kubernetes.io/managed-by': 'keyrot' }
/** Of a Lease that does not say; ours always do. */
const UNSAID_SECONDS = 30

/** Opens the store of a namespace; asks the cluster nothing yet. */
export async function openStore(settings: StateSettings, around: Surroundings): Promise<SharedStore> {
  const { namespace } = settings
  const api = await openCluster(settings, { ...around, deadlineMs: around.deadlineMs ?? DEADLINE })
  const cluster = clusterOf(settings)
  return {
    place: `Kubernetes namespace ${namespace}${cluster === '' ? '' : ` (${cluster})`}`,
    leases: shelf(api, {
      path: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`,
      kind: 'Lease',
      shape: leaseShape,
      valueOf: leaseOf,
      bodyOf: leaseBody,
    }),
    sheets: shelf(api, { path: `/api/v1/namespaces/${namespace}/configmaps`, kind: 'ConfigMap', shape: sheetShape, valueOf: sheetOf, bodyOf: sheetBody }),
    rights: () => stateRights(api, namespace),
  }
}

const metadata = z.object({ resourceVersion: z.string().min(1), annotations: z.record(z.string(), z.string()).nullish() })

interface Kind<S extends z.ZodType<{ readonly metadata: z.output<typeof metadata> }>, T> {
  readonly path: string
  readonly kind: string
  readonly shape: S
  readonly valueOf: (object: z.output<S>) => T
  /** What a merge patch changes; labels and annotations of others stay. */
  readonly bodyOf: (value: T) => { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } }
}

function shelf<S extends z.ZodType<{ readonly metadata: z.output<typeof metadata> }>, T>(
  api: ClusterApi,
  { path, kind, shape, valueOf, bodyOf }: Kind<S, T>,
): Shelf<T> {
  const at = (name: string): string => `${path}/${name}`
  return {
    read: async (name): Promise<Stored<T> | null> => {
      const object = await api.read(shape, at(name), `reading the ${kind} ${name}`).catch(unlessAbsent)
      return object === null ? null : { value: valueOf(object), revision: object.metadata.resourceVersion }
    },
    put: (name, value, revision) => {
      const { metadata: own, ...body } = bodyOf(value)
      if (revision === null) return api.create(path, OWNER, { metadata: { ...own, name, labels: LABELS }, ...body }, `creating the ${kind} ${name}`)
      const patch = { metadata: { ...own, resourceVersion: revision }, ...body }
      return api.patch(at(name), OWNER, patch, `writing the ${kind} ${name}`).catch((error: unknown) => {
        throw isAbsent(error) ? deleted(kind, name) : error
      })
    },
  }
}

const leaseShape = z.object({
  metadata,
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.int().nullish(),
      acquireTime: z.string().nullish(),
      renewTime: z.string().nullish(),
      leaseTransitions: z.int().nullish(),
    })
    .nullish(),
})

function leaseOf({ metadata: { annotations }, spec }: z.output<typeof leaseShape>): Lease {
  return {
    holder: spec?.holderIdentity ?? '',
    term: spec?.leaseTransitions ?? 0,
    duration: (spec?.leaseDurationSeconds ?? UNSAID_SECONDS) * SECOND,
    since: timeOf(spec?.acquireTime),
    renewedAt: timeOf(spec?.renewTime),
    note: annotations?.[HOLDER] ?? '',
    asked: annotations?.[ASKED],
  }
}

function leaseBody({ holder, term, duration, since, renewedAt, note, asked }: Lease) {
  const spec = {
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(duration / SECOND),
    acquireTime: microTime(since),
    renewTime: microTime(renewedAt),
    leaseTransitions: term,
  }
  // a request outlives its holder, and is then nobody's
  return { metadata: { annotations: { [HOLDER]: note, ...(asked === undefined ? {} : { [ASKED]: asked }) } }, spec }
}

const sheetShape = z.object({ metadata, data: z.record(z.string(), z.string()).nullish() })

function sheetOf({ metadata: { annotations }, data }: z.output<typeof sheetShape>): Sheet {
  return { fence: annotations?.[FENCE] ?? '', texts: data ?? {} }
}

function sheetBody({ fence, texts }: Sheet) {
  return { metadata: { annotations: { [FENCE]: fence } }, data: texts }
}

/** `metav1.MicroTime` is written with six digits. */
function microTime(at: Ms): string {
  return new Date(at).toISOString().replace('Z', '000Z')
}

function timeOf(text: string | null | undefined): Ms {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? 0 : at
}

function isAbsent(error: unknown): boolean {
  return error instanceof KeyrotError && error.kind === 'not-found'
}

function unlessAbsent(error: unknown): null {
  if (isAbsent(error)) return null
  throw error
}

function deleted(kind: string, name: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_KUBERNETES_CONFLICT',
    kind: 'conflict',
    message: `Kubernetes: the ${kind} ${name} was deleted by somebody else meanwhile`,
  })
}
