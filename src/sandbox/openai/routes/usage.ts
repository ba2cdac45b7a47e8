/** Usage and costs: buckets of the calls that were accepted, without the latest ones. */
import { badRequest } from '../errors.ts'
import { type ApiAnswer, type ApiRequest, listOf, ok } from '../exchange.ts'
import { seconds } from '../render.ts'
import type { Call, CallKind, Cloud } from '../state.ts'

interface Widths {
  readonly [width: string]: { readonly seconds: number; readonly usual: number; readonly most: number }
}

const USAGE_WIDTHS: Widths = {
  '1m': { seconds: 60, usual: 60, most: 1440 },
  '1h': { seconds: 3600, usual: 24, most: 168 },
  '1d': { seconds: 86_400, usual: 7, most: 31 },
}
const COST_WIDTHS: Widths = { '1d': { seconds: 86_400, usual: 7, most: 180 } }

const USAGE_GROUPS: Readonly<Record<string, (call: Call) => string>> = {
  api_key_id: (call) => call.key,
  project_id: (call) => call.project,
  model: (call) => call.model,
}
const COST_GROUPS: Readonly<Record<string, (call: Call) => string>> = {
  api_key_id: (call) => call.key,
  project_id: (call) => call.project,
  line_item: (call) => `${call.model}, input and output`,
}

/** Dollars for a million tokens: plausible, not a price list. */
const DOLLARS_PER_MILLION = 0.4

/** What a bucket says of calls of one kind, besides how many there were and whose. */
const COUNTED: Readonly<Record<CallKind, (calls: readonly Call[]) => Record<string, number>>> = {
  completions: (calls) => ({ input_tokens: sum(calls, (call) => call.inputTokens), output_tokens: sum(calls, (call) => call.outputTokens) }),
  embeddings: (calls) => ({ input_tokens: sum(calls, (call) => call.inputTokens) }),
  images: (calls) => ({ images: sum(calls, (call) => call.times) }),
  moderations: (calls) => ({ input_tokens: sum(calls, (call) => call.inputTokens) }),
  audio_speeches: (calls) => ({ characters: sum(calls, (call) => call.inputTokens) }),
  audio_transcriptions: (calls) => ({ seconds: sum(calls, (call) => call.inputTokens) }),
}

/** The usage of one kind: `/organization/usage/completions` and its like. */
export function usageOf(kind: CallKind) {
  return (cloud: Cloud, request: ApiRequest): ApiAnswer => {
    const all = cloud.calls.filter((call) => call.kind === kind)
    return buckets(cloud, request, all, USAGE_WIDTHS, USAGE_GROUPS, (calls, names) => ({
      object: `organization.usage.${kind}.result`,
      ...COUNTED[kind](calls),
      num_model_requests: sum(calls, (call) => call.times),
      project_id: null,
      api_key_id: null,
      model: null,
      ...names,
    }))
  }
}

export function costs(cloud: Cloud, request: ApiRequest): ApiAnswer {
  return buckets(cloud, request, cloud.calls, COST_WIDTHS, COST_GROUPS, (calls, names) => ({
    object: 'organization.costs.result',
    amount: { value: (sum(calls, (call) => call.inputTokens + call.outputTokens) * DOLLARS_PER_MILLION) / 1e6, currency: 'usd' },
    line_item: null,
    project_id: null,
    api_key_id: null,
    ...names,
  }))
}

type Result = (calls: readonly Call[], names: Record<string, string>) => Record<string, unknown>
type Groups = Readonly<Record<string, (call: Call) => string>>

function buckets(cloud: Cloud, request: ApiRequest, all: readonly Call[], widths: Widths, groups: Groups, result: Result): ApiAnswer {
  const { query } = request
  const from = wholeNumber(query, 'start_time')
  if (from === null) throw badRequest("Missing required parameter: 'start_time'.", 'start_time', 'missing_required_parameter')
  const width = widths[query.get('bucket_width') ?? '1d']
  if (width === undefined) throw badRequest("Invalid value for 'bucket_width'.", 'bucket_width', 'invalid_value')
  const limit = wholeNumber(query, 'limit') ?? width.usual
  if (limit < 1 || limit > width.most) throw badRequest(`Invalid 'limit': at most ${width.most} for this bucket width.`, 'limit')
  const by = listOf(query, 'group_by')
  if (by.some((name) => groups[name] === undefined)) throw badRequest("Invalid value for 'group_by'.", 'group_by', 'invalid_value')
  const until = wholeNumber(query, 'end_time') ?? seconds(cloud.now()) + 1
  const first = Math.floor((pageStart(query) ?? from) / width.seconds) * width.seconds
  const calls = all.filter((call) => isAsked(cloud, call, query) && seconds(call.at) >= from && seconds(call.at) < until)
  const starts = Array.from({ length: limit }, (_, index) => first + index * width.seconds).filter((start) => start < until)
  const next = first + limit * width.seconds
  const more = starts.length === limit && next < until
  const data = starts.map((start) => {
    const inside = calls.filter((call) => seconds(call.at) >= start && seconds(call.at) < start + width.seconds)
    return { object: 'bucket', start_time: start, end_time: start + width.seconds, results: grouped(inside, by, groups, result) }
  })
  return ok({ object: 'page', data, has_more: more, next_page: more ? `page_${next}` : null })
}

function grouped(calls: readonly Call[], by: readonly string[], groups: Groups, result: Result): Record<string, unknown>[] {
  const namesOf = (call: Call): Record<string, string> => Object.fromEntries(by.map((name) => [name, groups[name]?.(call) ?? '']))
  const parts = Map.groupBy(calls, (call) => JSON.stringify(namesOf(call)))
  return [...parts].map(([names, inside]) => result(inside, JSON.parse(names) as Record<string, string>))
}

function isAsked(cloud: Cloud, call: Call, query: URLSearchParams): boolean {
  const among = (name: string, value: string): boolean => {
    const asked = listOf(query, name)
    return asked.length === 0 || asked.includes(value)
  }
  if (call.at > cloud.now() - cloud.options.usageLagMs) return false
  const ours = cloud.options.usageFilter === 'ignored' || among('api_key_ids', call.key)
  return ours && among('project_ids', call.project) && among('models', call.model)
}

function wholeNumber(query: URLSearchParams, name: string): number | null {
  const text = query.get(name)
  if (text === null) return null
  if (!/^\d{1,12}$/.test(text)) throw badRequest(`Invalid type for '${name}': expected an integer.`, name, 'invalid_type')
  return Number(text)
}

function pageStart(query: URLSearchParams): number | null {
  const page = query.get('page')
  if (page === null) return null
  const start = /^page_(\d{1,12})$/.exec(page)?.[1]
  if (start === undefined) throw badRequest("Invalid 'page'.", 'page', 'invalid_value')
  return Number(start)
}

function sum(calls: readonly Call[], of: (call: Call) => number): number {
  return calls.reduce((total, call) => total + of(call), 0)
}
