/** The rules of project variables: what a body may hold, which entry it means, which entries stand against it. */
import { ApiFailure, badRequest, isObject, type Json, refuseExtra } from './exchange.ts'
import { newId, Sealed } from './sealed.ts'
import type { Cloud, EnvRecord, EnvType, Project } from './state.ts'

const ENVIRONMENTS = ['production', 'preview', 'development']
const TYPES = ['system', 'secret', 'encrypted', 'plain', 'sensitive']
const MEMBERS = ['key', 'value', 'type', 'target', 'gitBranch', 'customEnvironmentIds', 'comment']
const LONGEST_COMMENT = 500
const LONGEST_BRANCH = 250

/** What a body says of a variable; members that it leaves out are absent here, too. */
export interface Wish {
  readonly key?: string
  readonly value?: string
  readonly type?: EnvType
  readonly target?: readonly string[]
  readonly gitBranch?: string | null
  readonly customEnvironmentIds?: readonly string[]
  readonly comment?: string
}

/** Reads a body, or refuses it as the API does. */
export function wishOf(project: Project, body: unknown): Wish {
  if (!isObject(body)) throw badRequest('Invalid request: should be object.')
  refuseExtra(body, MEMBERS)
  const wish = body as Wish
  if (body['key'] !== undefined && !(typeof body['key'] === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(body['key']))) throw invalid('key')
  if (body['value'] !== undefined && typeof body['value'] !== 'string') throw invalid('value')
  if (body['type'] !== undefined && !TYPES.some((type) => type === body['type'])) throw invalid('type')
  if (body['target'] !== undefined && !isListOf(body['target'], ENVIRONMENTS)) throw invalid('target')
  const known = project.customEnvironments.map(({ id }) => id)
  if (body['customEnvironmentIds'] !== undefined && !isListOf(body['customEnvironmentIds'], known)) throw invalid('customEnvironmentIds')
  if (body['gitBranch'] != null && !(typeof body['gitBranch'] === 'string' && body['gitBranch'].length <= LONGEST_BRANCH)) throw invalid('gitBranch')
  if (body['comment'] !== undefined && !(typeof body['comment'] === 'string' && body['comment'].length <= LONGEST_COMMENT)) throw invalid('comment')
  return wish
}

/** A new variable by this wish, not yet among the project's. */
export function newRecord(cloud: Cloud, wish: Wish): EnvRecord {
  const { key, value, type, target = [], gitBranch = null, customEnvironmentIds = [], comment = null } = wish
  if (key === undefined || value === undefined || type === undefined) throw badRequest('Invalid request: missing required property.')
  if (wish.target === undefined && wish.customEnvironmentIds === undefined) throw badRequest('Invalid request: missing required property `target`.')
  const at = cloud.stamp()
  const forced = cloud.options.forceSensitive && type === 'encrypted' && !target.includes('development')
  const record: EnvRecord = {
    id: newId('', 16),
    key,
    value: new Sealed(value),
    type: forced ? 'sensitive' : type,
    target,
    gitBranch,
    customEnvironmentIds,
    comment,
    createdAt: at,
    updatedAt: at,
    hidden: false,
  }
  refuseOdd(record)
  return record
}

/** Changes only what the wish names. A change of `encrypted` to `sensitive` is ignored, as has been reported. */
export function changeRecord(cloud: Cloud, project: Project, record: EnvRecord, wish: Wish): void {
  if (record.type === 'sensitive' && wish.key !== undefined && wish.key !== record.key)
    throw badRequest('You cannot change the key of a Sensitive Environment Variable.')
  if (record.type === 'sensitive' && wish.type !== undefined && wish.type !== 'sensitive')
    throw badRequest('You cannot change the type of a Sensitive Environment Variable.')
  const { value, type, ...rest } = wish
  const after: EnvRecord = { ...record, ...rest, type: type === undefined || type === 'sensitive' ? record.type : type }
  refuseOdd(after)
  refuseTaken(project, after)
  Object.assign(record, after, { updatedAt: cloud.stamp() }, value === undefined ? {} : { value: new Sealed(value) })
}

/** The entry that an upsert means: the same key, branch and exactly the same environments. */
export function sameEntry(project: Project, wanted: EnvRecord): EnvRecord | undefined {
  return project.env.find((record) => isRival(record, wanted) && sorted(record) === sorted(wanted))
}

/** Two entries of one key may not share an environment. */
export function refuseTaken(project: Project, wanted: EnvRecord): void {
  const rival = project.env.find((record) => record.id !== wanted.id && isRival(record, wanted) && shares(record, wanted))
  if (rival === undefined) return
  const where = [...rival.target, ...rival.customEnvironmentIds].join(', ')
  throw new ApiFailure(400, 'ENV_CONFLICT', `A variable with the name \`${wanted.key}\` already exists for the target ${where} on branch undefined`, {
    envVarKey: wanted.key,
    envVarId: rival.id,
  })
}

function refuseOdd(record: EnvRecord): void {
  if (record.target.length + record.customEnvironmentIds.length === 0) throw badRequest('Invalid request: `target` should NOT be empty.')
  if (record.gitBranch !== null && record.target.join() !== 'preview') throw badRequest('You can only set a Git branch for Preview Environment Variables.')
  if (record.type === 'sensitive' && record.target.includes('development'))
    throw badRequest("You cannot set a Sensitive Environment Variable's target to development.")
}

function isRival(left: EnvRecord, right: EnvRecord): boolean {
  return left.key === right.key && left.gitBranch === right.gitBranch
}

function shares(left: EnvRecord, right: EnvRecord): boolean {
  return left.target.some((name) => right.target.includes(name)) || left.customEnvironmentIds.some((id) => right.customEnvironmentIds.includes(id))
}

function sorted(record: EnvRecord): string {
  return [...record.target, ...record.customEnvironmentIds].toSorted().join()
}

function isListOf(value: unknown, known: readonly string[]): boolean {
  return Array.isArray(value) && value.every((item) => known.some((one) => one === item))
}

function invalid(member: string): ApiFailure {
  return badRequest(`Invalid request: \`${member}\` is not valid.`)
}

/** The form of one error inside `failed[]`. */
export function failedEntry(failure: ApiFailure): Json {
  return { error: { code: failure.code, message: failure.message, ...failure.more } }
}
