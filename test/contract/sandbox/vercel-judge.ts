/**
 * Outside judges of the embedded Vercel. The published specification (a cut, 2025-10) knows every request and answer up to what came later;
 * the response schemas of `@vercel/sdk` (newer) parse every answer. The SDK's root costs half a gigabyte: its models are imported one by one.
 */
import { existsSync, readFileSync } from 'node:fs'
import { CreateDeploymentResponseBody$inboundSchema } from '@vercel/sdk/models/createdeploymentresponsebody.js'
import { CreateProjectEnvResponseBody$inboundSchema } from '@vercel/sdk/models/createprojectenvop.js'
import { EditProjectEnvResponseBody$inboundSchema } from '@vercel/sdk/models/editprojectenvop.js'
import { FilterProjectEnvsResponseBody$inboundSchema } from '@vercel/sdk/models/filterprojectenvsop.js'
import { GetDeploymentResponseBody$inboundSchema } from '@vercel/sdk/models/getdeploymentresponsebody.js'
import { GetDeploymentsResponseBody$inboundSchema } from '@vercel/sdk/models/getdeploymentsop.js'
import { GetProjectEnvResponseBody$inboundSchema } from '@vercel/sdk/models/getprojectenvop.js'
import { GetProjectResponseBody$inboundSchema } from '@vercel/sdk/models/getprojectresponsebody.js'
import { GetProjectsByIdOrNameCustomEnvironmentsResponseBody$inboundSchema } from '@vercel/sdk/models/getprojectsbyidornamecustomenvironmentsop.js'
import { GetRollingReleaseResponseBody$inboundSchema } from '@vercel/sdk/models/getrollingreleaseop.js'
import { ListAliasesResponseBody$inboundSchema } from '@vercel/sdk/models/listaliasesop.js'
import { ListSharedEnvVariableResponseBody$inboundSchema } from '@vercel/sdk/models/listsharedenvvariableop.js'
import { RemoveProjectEnvResponseBody$inboundSchema } from '@vercel/sdk/models/removeprojectenvop.js'
import { Team$inboundSchema } from '@vercel/sdk/models/team.js'
import { OpenAPIBackend, type Document } from 'openapi-backend'

interface Parser {
  safeParse(value: unknown): {
    readonly success: boolean
    readonly error?: { readonly issues: readonly { path: readonly (string | number)[]; message: string }[] }
  }
}

/** By method and path; `:` stands for one segment. */
const PARSERS: readonly (readonly [string, Parser])[] = [
  ['GET /v10/projects/:/env', FilterProjectEnvsResponseBody$inboundSchema],
  ['GET /v9/projects/:/env', FilterProjectEnvsResponseBody$inboundSchema],
  ['POST /v10/projects/:/env', CreateProjectEnvResponseBody$inboundSchema],
  ['GET /v1/projects/:/env/:', GetProjectEnvResponseBody$inboundSchema],
  ['PATCH /v9/projects/:/env/:', EditProjectEnvResponseBody$inboundSchema],
  ['PATCH /v10/projects/:/env/:', EditProjectEnvResponseBody$inboundSchema],
  ['DELETE /v9/projects/:/env/:', RemoveProjectEnvResponseBody$inboundSchema],
  ['DELETE /v10/projects/:/env/:', RemoveProjectEnvResponseBody$inboundSchema],
  ['GET /v1/env', ListSharedEnvVariableResponseBody$inboundSchema],
  ['GET /v9/projects/:/custom-environments', GetProjectsByIdOrNameCustomEnvironmentsResponseBody$inboundSchema],
  ['GET /v9/projects/:', GetProjectResponseBody$inboundSchema],
  ['GET /v7/deployments', GetDeploymentsResponseBody$inboundSchema],
  ['GET /v6/deployments', GetDeploymentsResponseBody$inboundSchema],
  ['GET /v13/deployments/:', GetDeploymentResponseBody$inboundSchema],
  ['POST /v13/deployments', CreateDeploymentResponseBody$inboundSchema],
  ['GET /v1/projects/:/rolling-release', GetRollingReleaseResponseBody$inboundSchema],
  ['GET /v4/aliases', ListAliasesResponseBody$inboundSchema],
  ['GET /v2/teams/:', Team$inboundSchema],
]

/** Operations whose answers the SDK does not read: it wants nothing of a promotion's body, and knows no deploy hooks. */
export const UNPARSED: readonly string[] = ['POST /v10/projects/:/promote/:', 'POST /v1/projects/:/rollback/:', 'POST /v1/integrations/deploy/:/:']

/** Newer than the cut, or never in it: the SDK alone judges these. */
export const NOT_IN_SPEC: readonly string[] = [
  'GET /v9/projects/:/env',
  'PATCH /v10/projects/:/env/:',
  'DELETE /v10/projects/:/env/:',
  'GET /v9/projects/:',
  'POST /v1/projects/:/rollback/:',
  'GET /v1/projects/:/rolling-release',
  'GET /v4/aliases',
  'GET /v2/teams/:',
  'POST /v1/integrations/deploy/:/:',
]

/** The same operation under an older number. */
const OLDER: Readonly<Record<string, string>> = { '/v7/deployments': '/v6/deployments' }

/** One line for each member that the SDK cannot read; `null` where it has no schema. */
export function sdkProblems(method: string, path: string, body: unknown): readonly string[] | null {
  const found = PARSERS.find(([operation]) => fits(operation, method, path))
  if (found === undefined) return null
  const result = found[1].safeParse(body)
  return result.success ? [] : (result.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}`)
}

function fits(operation: string, method: string, path: string): boolean {
  const [wanted = '', pattern = ''] = operation.split(' ')
  return method === wanted && new RegExp(`^${pattern.replaceAll(':', '[^/]+')}$`).test(path)
}

export interface VercelSpec {
  /** `null` where the specification has no such operation; else one line for each breach. */
  request(method: string, path: string, query: URLSearchParams, body: unknown): readonly string[] | null
  response(method: string, path: string, status: number, body: unknown): readonly string[] | null
}

const FILE = new URL('../../../../shared/specs/vercel-env-deployments.json', import.meta.url)

/** Why a suite that needs the specification is skipped, for the suite's title; empty when it runs. */
export const vercelSpecMissing = existsSync(FILE) ? '' : ' (skipped: ../shared/specs is absent)'

export function vercelSpec(): VercelSpec | null {
  if (vercelSpecMissing !== '') return null
  const definition = usable(JSON.parse(readFileSync(FILE, 'utf8'))) as Document
  const api = new OpenAPIBackend({ definition, quick: true, ajvOpts: { strict: false, validateFormats: false, allErrors: true, coerceTypes: false } })
  // with `quick` and an object, init() has done all its work when it returns
  void api.init()
  const match = (method: string, path: string) => api.matchOperation({ method, path: OLDER[path] ?? path, headers: {} })
  return {
    request(method, path, query, body) {
      const operation = match(method, path)
      if (operation?.operationId === undefined) return null
      const asked = Object.fromEntries([...query].map(([name, value]) => [name, plain(name, value)]))
      const headers = body === undefined ? {} : { 'content-type': 'application/json' }
      return problems(api.validateRequest({ method, path: OLDER[path] ?? path, query: asked as never, headers, body: body as never }, operation).errors)
    },
    response(method, path, status, body) {
      const operation = match(method, path)
      if (operation?.operationId === undefined) return null
      const declared = (operation.responses as Record<string, { content?: unknown }> | undefined)?.[String(status)]
      if (declared === undefined) return [`status ${status} is not declared`]
      return declared.content === undefined ? [] : problems(api.validateResponse(body, operation, status).errors)
    },
  }
}

/**
 * The cut as a validator can use it. The published alternatives overlap (each full answer is also a public one), so that "exactly one" fits
 * nothing: "any of" is what they mean. Some lists of words say one twice, what may be
 * `null` is said in a way that lists of words forget, and one operation has no name.
 */
function usable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(usable)
  if (typeof node !== 'object' || node === null) return node
  const renamed = Object.entries(node).map(([name, inner]): [string, unknown] => {
    if (name === 'enum' && Array.isArray(inner)) return [name, [...new Set([...inner, ...newerWords(inner)])]]
    return [name === 'oneOf' ? 'anyOf' : name, usable(inner)]
  })
  const { nullable, ...rest } = Object.fromEntries(renamed)
  const result = nullable === true ? { anyOf: [rest, { type: 'null' }] } : rest
  return 'responses' in result && !('operationId' in result) ? { ...result, operationId: 'unnamed' } : result
}

/** Words that came after the cut, by the SDK: where a list has the first, it has the second now. */
const NEWER = [
  ['INITIALIZING', 'BLOCKED'],
  ['api-trigger-git-deploy', 'git-deploy-hook'],
] as const

function newerWords(words: readonly unknown[]): readonly string[] {
  return NEWER.flatMap(([known, newer]) => (words.includes(known) ? [newer] : []))
}

function plain(name: string, value: string): unknown {
  if (['limit', 'since', 'until', 'from', 'to'].includes(name)) return Number(value)
  return name === 'rollbackCandidate' ? value === 'true' : value
}

function problems(errors: readonly { instancePath: string; message?: string | undefined; params?: unknown }[] | null | undefined): string[] {
  return (errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message ?? 'is wrong'} ${JSON.stringify(error.params ?? {})}`)
}
