/** What one key called and what it cost, from the organization's usage and cost endpoints. Contract: openai 7.55.0, apis.md 1.9. */
import { z } from 'zod'
import { DAY, HOUR, MINUTE, SECOND, type Ms } from '../../domain/duration.ts'
import { KeyrotError, toKeyrotError } from '../../domain/errors.ts'
import { printable } from '../../domain/printable.ts'
import type { CostSlice, UsageQuery, UsageReading, UsageSlice, UsageSource, UsageStep } from '../../ports/usage.ts'
import { TIME, time, wanted } from './openai-answer.ts'
import type { Answer, Ask } from './openai-transport.ts'

/** Buckets of one page: below the API's most (1440, 168, 31, 180), so that a page of many models stays below the size cap of an answer. */
const STEPS: Readonly<Record<UsageStep, { readonly width: '1m' | '1h' | '1d'; readonly ms: Ms; readonly limit: number }>> = {
  minute: { width: '1m', ms: MINUTE, limit: 360 },
  hour: { width: '1h', ms: HOUR, limit: 96 },
  day: { width: '1d', ms: DAY, limit: 31 },
}
const COST_DAYS = 90

/** A year of hours; beyond it something is wrong with the paging. */
const MOST_PAGES = 100

interface Query {
  readonly start_time: number
  readonly end_time: number
  readonly bucket_width: '1m' | '1h' | '1d'
  readonly limit: number
  readonly api_key_ids: string[]
  readonly group_by: ('api_key_id' | 'model')[]
  readonly page?: string
}

/** Every kind that is counted by key and model. Tools that come with a response (searches, interpreters) are in its completion already. */
const KINDS: Readonly<Record<string, (query: Query) => Parameters<Ask>[0]>> = {
  completions: (query) => (client) => client.admin.organization.usage.completions(query),
  embeddings: (query) => (client) => client.admin.organization.usage.embeddings(query),
  images: (query) => (client) => client.admin.organization.usage.images(query),
  moderations: (query) => (client) => client.admin.organization.usage.moderations(query),
  speech: (query) => (client) => client.admin.organization.usage.audioSpeeches(query),
  transcriptions: (query) => (client) => client.admin.organization.usage.audioTranscriptions(query),
}

const COUNT = z.number().min(0).max(1e15)
/** Text of other people: made fit for a terminal at the door. */
const NAME = z
  .string()
  .transform((text) => printable(text, 80))
  .nullish()
const CALLS = z.object({
  api_key_id: z.string().nullish(),
  model: NAME,
  num_model_requests: COUNT,
  input_tokens: COUNT.default(0),
  output_tokens: COUNT.default(0),
})
const COST = z.object({
  api_key_id: z.string().nullish(),
  line_item: NAME,
  amount: z.object({ value: z.number(), currency: z.string().regex(/^[a-z]{3}$/) }).optional(),
})
const pageOf = <T>(result: z.ZodType<T>) =>
  z.object({
    object: z.literal('page'),
    data: z.array(z.object({ start_time: TIME, end_time: TIME, results: z.array(result) })),
    has_more: z.boolean(),
    next_page: z.string().max(4096).nullish(),
  })

/** Reads with an admin key. An organization whose key lacks the right answers 401 or 403: a gap, told as such. */
export function readUsage(ask: Ask): Pick<UsageSource, 'usage' | 'costs'> {
  return {
    usage: (query) => Promise.all(Object.entries(KINDS).map(([kind, call]) => reading(kind, () => slicesOf(ask, kind, call, query)))),
    costs: (keyId, from, until) => costsOf(ask, keyId, from, until),
  }
}

async function reading(kind: string, read: () => Promise<readonly UsageSlice[]>): Promise<UsageReading> {
  try {
    return { kind, slices: await read(), gap: null }
  } catch (thrown) {
    const gap = toKeyrotError(thrown)
    if (gap.kind === 'interrupted') throw gap
    return { kind, slices: [], gap }
  }
}

async function slicesOf(ask: Ask, kind: string, call: (query: Query) => Parameters<Ask>[0], asked: UsageQuery): Promise<readonly UsageSlice[]> {
  const { width, ms, limit } = STEPS[asked.step]
  const query = {
    start_time: seconds(Math.floor(asked.from / ms) * ms),
    end_time: seconds(asked.until),
    bucket_width: width,
    limit,
    api_key_ids: [asked.keyId],
    group_by: ['api_key_id' as const, 'model' as const],
  }
  const buckets = await everyPage(CALLS, `read usage of ${kind}`, (page) => ask(call({ ...query, ...page })))
  return buckets.flatMap(({ start_time: from, end_time: until, results }) =>
    results
      // A filter that is not obeyed must not lay other keys' calls at this one's door.
      .filter((result) => result.api_key_id === asked.keyId)
      .map((result) => ({
        from: time(from),
        until: time(until),
        model: result.model ?? null,
        calls: result.num_model_requests,
        inputTokens: result.input_tokens,
        outputTokens: result.output_tokens,
      })),
  )
}

async function costsOf(ask: Ask, keyId: string, from: Ms, until: Ms): Promise<readonly CostSlice[]> {
  const query = {
    start_time: seconds(Math.floor(from / DAY) * DAY),
    end_time: seconds(until),
    bucket_width: '1d' as const,
    limit: COST_DAYS,
    api_key_ids: [keyId],
    group_by: ['api_key_id' as const, 'line_item' as const],
  }
  const buckets = await everyPage(COST, 'read costs', (page) => ask((client) => client.admin.organization.usage.costs({ ...query, ...page })))
  return buckets.flatMap(({ start_time: start, end_time: end, results }) =>
    results
      .filter((result) => result.api_key_id === keyId)
      .map((result) => ({
        from: time(start),
        until: time(end),
        item: result.line_item ?? null,
        amount: result.amount?.value ?? 0,
        currency: result.amount?.currency ?? null,
      })),
  )
}

interface Bucket<T> {
  readonly start_time: number
  readonly end_time: number
  readonly results: readonly T[]
}

/** Reads every page. One that comes twice, goes back in time, promises more and names no next, or never ends makes the reading an error. */
async function everyPage<T>(result: z.ZodType<T>, what: string, read: (page: { page?: string }) => Promise<Answer>): Promise<readonly Bucket<T>[]> {
  const schema = pageOf(result)
  const buckets: Bucket<T>[] = []
  let next: string | null | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { data, has_more: more, next_page: following } = wanted(schema, await read(next == null ? {} : { page: next }), what, 'read')
    for (const bucket of data) {
      if (bucket.start_time <= (buckets.at(-1)?.start_time ?? -1)) throw incomplete(what, 'a stretch of time came twice')
      buckets.push(bucket)
    }
    if (!more) return buckets
    if (following == null || data.length === 0) throw incomplete(what, 'a page promises more and does not lead there')
    next = following
  }
  throw incomplete(what, 'the pages do not end')
}

function seconds(ms: Ms): number {
  return Math.ceil(ms / SECOND)
}

function incomplete(what: string, why: string): KeyrotError {
  return new KeyrotError({ code: 'KR_OPENAI_INCOMPLETE', kind: 'unavailable', message: `OpenAI: the answer is not complete (${what}): ${why}` })
}
