/**
 * The published contract as a referee: Kubernetes' own description of its API (1.36, a cut of it) judges requests and answers. The file lies
 * beside the repository; where it is absent, `kubernetesSpec()` is `null` and tests say so.
 */
import { existsSync, readFileSync } from 'node:fs'
import { type Document, OpenAPIBackend } from 'openapi-backend'
import { describeApi, type JsonObject, probeOf } from './kubernetes-openapi.ts'

export interface Verdict {
  /** `GET /api/v1/namespaces/{namespace}/secrets`; `null` when the cut has no such operation. Answers are then judged by their kind. */
  readonly operation: string | null
  /** One line for each breach; empty when all is well, `null` when nothing in the cut could judge. */
  readonly problems: readonly string[] | null
}

export interface KubernetesSpec {
  /** Query parameters and members that the description does not know are problems too. */
  checkRequest(method: string, path: string, query: URLSearchParams, contentType: string | null, body: unknown): Verdict
  /** Every refusal must be a `Status`. */
  checkResponse(method: string, path: string, status: number, body: unknown): Verdict
  /** A part of an object by the name of its definition: one line for each breach. */
  checkPart(definition: string, part: unknown): readonly string[]
}

const FILE = new URL('../../../../shared/specs/kubernetes.json', import.meta.url)

/** Why a suite that needs the description is skipped, for its title; empty when it runs. */
export const specMissing = existsSync(FILE) ? '' : ' (skipped: ../shared/specs/kubernetes.json is absent)'

const STATUS = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status'

/** The referee, or `null` where the description is not at hand. */
export function kubernetesSpec(): KubernetesSpec | null {
  if (specMissing !== '') return null
  const { document, shapes, kinds, items } = describeApi(JSON.parse(readFileSync(FILE, 'utf8')) as JsonObject)
  const api = new OpenAPIBackend({
    definition: document as unknown as Document,
    quick: true,
    ajvOpts: { strict: false, validateFormats: false, allErrors: true },
  })
  // with `quick` and an object, init() has done all its work when it returns
  void api.init()
  const match = (method: string, path: string) => api.matchOperation({ method, path: path.replace(/\/$/, ''), headers: {} })
  const judged = (definition: string, body: unknown): string[] => {
    const each = items.get(definition)
    const inner = each === undefined ? [] : ((body as { items?: unknown[] }).items ?? []).flatMap((item) => judged(each, item))
    return [...problemsOf(api.validateResponse(body, probeOf(definition), 200).errors), ...inner]
  }
  return {
    checkPart: judged,
    checkRequest(method, path, query, contentType, body) {
      const operation = match(method, path)
      const shape = shapes.get(operation?.operationId ?? '')
      if (operation === undefined || shape === undefined) return { operation: null, problems: null }
      const known = (operation.parameters ?? []) as readonly Parameter[]
      const asked = Object.fromEntries(
        [...query].map(([name, value]) => [name, plain(value, known.find((parameter) => parameter.name === name)?.schema?.type)]),
      )
      const wrong = problemsOf(api.validateRequest({ method, path, query: asked as never, headers: {} }, operation).errors)
      const taken = body === undefined || contentType === null || shape.mediaTypes.includes('*/*') || shape.mediaTypes.includes(contentType)
      const inside = body === undefined || shape.takes === null ? [] : judged(shape.takes, body)
      return { operation: `${method} ${operation.path}`, problems: [...wrong, ...inside, ...(taken ? [] : [`${contentType} is not taken here`])] }
    },
    checkResponse(method, path, status, body) {
      const operation = match(method, path)
      const name = operation === undefined ? null : `${method} ${operation.path}`
      if (status >= 400) return { operation: name, problems: judged(STATUS, body) }
      // what waits for its finalizers answers a deletion with itself, which the description leaves out
      const isEnding = method === 'DELETE' && kindOf(body) !== 'v1 Status'
      const definition = name === null || isEnding ? kinds.get(kindOf(body)) : shapes.get(operation?.operationId ?? '')?.gives[status]
      if (definition !== undefined) return { operation: name, problems: judged(definition, body) }
      return { operation: name, problems: name === null ? null : [`status ${status} is not declared`] }
    },
  }
}

interface Parameter {
  readonly name: string
  readonly schema?: { readonly type?: string }
}

function kindOf(body: unknown): string {
  const { apiVersion = '', kind = '' } = (body ?? {}) as { apiVersion?: string; kind?: string }
  return `${apiVersion} ${kind}`
}

function plain(value: string, type: string | undefined): unknown {
  if (type === 'integer') return /^\d+$/.test(value) ? Number(value) : value
  if (type !== 'boolean') return value
  return value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value
}

function problemsOf(errors: readonly { instancePath: string; message?: string | undefined; params?: unknown }[] | null | undefined): string[] {
  return (errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message ?? 'is wrong'} ${JSON.stringify(error.params ?? {})}`)
}
