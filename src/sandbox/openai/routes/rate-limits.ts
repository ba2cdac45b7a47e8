/** Rate limits: per project and model, for all keys of the project together. */
import { badRequest, NAMED_FAILURES, notFound } from '../errors.ts'
import { type ApiAnswer, type ApiRequest, ok } from '../exchange.ts'
import { projectOf } from '../lifecycle.ts'
import { pageOf } from '../pages.ts'
import { type Cloud, type CloudKey, type RateLimits, USUAL_LIMITS } from '../state.ts'

const MINUTE_MS = 60_000

export function listRateLimits(cloud: Cloud, request: ApiRequest, [project = '']: readonly string[]): ApiAnswer {
  projectOf(cloud, project)
  const limits = cloud.options.models.map((model) => limitJson(cloud, project, model))
  return ok(pageOf(limits, request.query, 100, 100))
}

export function updateRateLimit(cloud: Cloud, request: ApiRequest, [project = '', id = '']: readonly string[]): ApiAnswer {
  const place = projectOf(cloud, project)
  const model = cloud.options.models.find((name) => `rl_${name}` === id)
  if (model === undefined) throw notFound('rate limit', id)
  const before = place.rateLimits[model] ?? USUAL_LIMITS
  const change = Object.keys(USUAL_LIMITS).flatMap((field) => (request.body?.[field] === undefined ? [] : [[field, request.body[field]] as const]))
  for (const [field, value] of change)
    if (!Number.isInteger(value) || Number(value) < cloud.options.leastRateLimit)
      throw badRequest(`Invalid value for '${field}': expected an integer of at least ${cloud.options.leastRateLimit}.`, field, 'integer_below_min_value')
  place.rateLimits = { ...place.rateLimits, [model]: { ...before, ...(Object.fromEntries(change) as Partial<RateLimits>) } }
  cloud.audit('rate_limit.updated', id, project, { changes_requested: Object.fromEntries(change) })
  return ok(limitJson(cloud, project, model), `set rate limit ${id}`)
}

function limitJson(cloud: Cloud, project: string, model: string) {
  return { object: 'project.rate_limit', id: `rl_${model}`, model, ...(projectOf(cloud, project).rateLimits[model] ?? USUAL_LIMITS) }
}

/** Throws what a caller gets once the project has had its calls of this minute, where somebody has set how many. Looking at models is none. */
export function keepToRate(cloud: Cloud, key: CloudKey, model: string): void {
  const most = projectOf(cloud, key.project).rateLimits[model]?.max_requests_per_1_minute ?? Number.POSITIVE_INFINITY
  const since = cloud.now() - MINUTE_MS
  const made = cloud.calls.filter((call) => call.project === key.project && call.model === model && call.at > since)
  if (made.reduce((sum, call) => sum + call.times, 0) >= most) throw NAMED_FAILURES['rate-limit'] ?? new Error('rate limit')
}
