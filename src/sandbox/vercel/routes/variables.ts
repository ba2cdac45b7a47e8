/** Variables of a project: list, read one, create, change, remove. Changes of one project exclude each other while they last. */
import { setTimeout as pause } from 'node:timers/promises'
import { type ApiAnswer, ApiFailure, type ApiRequest, badRequest, type Json, notFound, ok } from '../exchange.ts'
import { envJson, sharedJson } from '../render.ts'
import { type Cloud, type EnvRecord, type Project } from '../state.ts'
import { changeRecord, failedEntry, newRecord, refuseTaken, sameEntry, wishOf } from '../variables.ts'
import { projectFor } from './find.ts'

const MOST_VARIABLES = 1_000

export function listVariables(cloud: Cloud, request: ApiRequest, [idOrName = '']: readonly string[]): ApiAnswer {
  const project = projectFor(cloud, request, idOrName)
  const { query } = request
  const branch = query.get('gitBranch')
  const custom = query.get('customEnvironmentId')
  const asked = project.env.filter(
    (record) => (branch === null || record.gitBranch === branch) && (custom === null || record.customEnvironmentIds.includes(custom)),
  )
  const shown = asked.filter((record) => !record.hidden)
  const hiddenProductionEnvCount = asked.filter((record) => record.hidden && record.target.includes('production')).length
  const listed = (records: readonly EnvRecord[]): readonly Json[] => records.map((record) => ({ ...envJson(cloud, record, 'listed'), securityIssues: [] }))
  const size = cloud.options.envPage
  if (size === null) return ok({ envs: listed(shown), hiddenProductionEnvCount })
  const until = Number(query.get('until') ?? Infinity)
  const rest = shown.toSorted((left, right) => right.createdAt - left.createdAt).filter((record) => record.createdAt < until)
  const page = rest.slice(0, size)
  const pagination = { count: page.length, next: rest.length > size ? (page.at(-1)?.createdAt ?? null) : null, prev: page[0]?.createdAt ?? null }
  return ok({ envs: listed(page), pagination, hiddenProductionEnvCount })
}

export function readVariable(cloud: Cloud, request: ApiRequest, [idOrName = '', id = '']: readonly string[]): ApiAnswer {
  const project = projectFor(cloud, request, idOrName)
  const record = recordOf(project, id)
  if (project.challenge) {
    const header = { 'www-authenticate': 'Bearer error="insufficient_user_authentication", acr_values="urn:vercel:step-up"' }
    throw new ApiFailure(403, 'challenge_required', 'Reading this Environment Variable requires fresh authentication.', {}, header)
  }
  return ok(envJson(cloud, record, 'decrypted'))
}

/** One object or a list. A single one that cannot be is a refusal; one of a list stands in `failed`. */
export function createVariables(cloud: Cloud, request: ApiRequest, [idOrName = '']: readonly string[]): Promise<ApiAnswer> {
  const project = projectFor(cloud, request, idOrName)
  const { body } = request
  if (typeof body !== 'object' || body === null) throw badRequest('Invalid request: missing body.')
  const bodies: readonly unknown[] = Array.isArray(body) ? body : [body]
  return exclusively(cloud, project, () => {
    const outcomes = bodies.map((one) => createOne(cloud, project, one, request.query.get('upsert') === 'true'))
    const failure = outcomes.find((outcome) => outcome instanceof ApiFailure)
    if (failure !== undefined && !Array.isArray(body)) throw failure
    const created = outcomes.flatMap((outcome) => (outcome instanceof ApiFailure ? [] : [envJson(cloud, outcome, 'listed')]))
    const failed = outcomes.flatMap((outcome) => (outcome instanceof ApiFailure ? [failedEntry(outcome)] : []))
    return ok({ created: Array.isArray(body) ? created : created[0], failed }, `create ${created.length} variable(s)`, 201)
  })
}

function createOne(cloud: Cloud, project: Project, body: unknown, upsert: boolean): EnvRecord | ApiFailure {
  const wish = wishOf(project, body)
  const record = newRecord(cloud, wish)
  const same = upsert ? sameEntry(project, record) : undefined
  try {
    if (same !== undefined) {
      changeRecord(cloud, project, same, wish)
      return same
    }
    if (project.env.length >= MOST_VARIABLES) throw new ApiFailure(400, 'MAX_ENVS_EXCEEDED', 'The project has too many Environment Variables.')
    refuseTaken(project, record)
    project.env.push(record)
    return record
  } catch (error) {
    if (error instanceof ApiFailure) return error
    throw error
  }
}

export function changeVariable(cloud: Cloud, request: ApiRequest, [idOrName = '', id = '']: readonly string[]): Promise<ApiAnswer> {
  const project = projectFor(cloud, request, idOrName)
  return exclusively(cloud, project, () => {
    const record = recordOf(project, id)
    changeRecord(cloud, project, record, wishOf(project, request.body))
    return ok(envJson(cloud, record, 'listed'), `change variable ${id}`)
  })
}

export function removeVariable(cloud: Cloud, request: ApiRequest, [idOrName = '', id = '']: readonly string[]): Promise<ApiAnswer> {
  const project = projectFor(cloud, request, idOrName)
  return exclusively(cloud, project, () => {
    const record = recordOf(project, id)
    project.env.splice(project.env.indexOf(record), 1)
    return ok(envJson(cloud, record, 'listed'), `remove variable ${id}`)
  })
}

/** Variables that the team shares with its projects; without their values. */
export function listShared(cloud: Cloud, request: ApiRequest): ApiAnswer {
  const wanted = request.query.get('projectId')
  const search = request.query.get('search')
  const data = cloud.shared.filter((one) => (wanted === null || one.projects.includes(wanted)) && (search === null || one.key.includes(search)))
  return ok({ data: data.map((one) => sharedJson(cloud, one)), pagination: { count: data.length, next: null, prev: null } })
}

/** A change takes a moment; who comes meanwhile is turned away, in the words of the published contract. */
async function exclusively(cloud: Cloud, project: Project, act: () => ApiAnswer): Promise<ApiAnswer> {
  if (project.writing) throw badRequest("The environment variable coudn't be created because an ongoing update env update is already happening")
  project.writing = true
  try {
    if (cloud.options.writeMs > 0) await pause(cloud.options.writeMs)
    return act()
  } finally {
    project.writing = false
  }
}

function recordOf(project: Project, id: string): EnvRecord {
  const record = project.env.find((candidate) => candidate.id === id)
  if (record === undefined) throw notFound('Environment Variable')
  return record
}
