/** Rate limits of one project, per model and for all of its keys together: OpenAI has none for a single key. */
import { z } from 'zod'
import type { Provider, RateLimit } from '../../ports/provider.ts'
import { wanted } from './openai-answer.ts'
import { allPages } from './openai-oversight.ts'
import type { Ask } from './openai-transport.ts'

export type Limits = Required<Pick<Provider, 'rateLimits' | 'setRateLimit'>>

/** Ids are made from the names of models, which may hold dots, slashes and colons. */
const LIMIT_ID = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,160}$/)
const COUNT = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
/** Those besides the first two are there for models that they concern. */
const NUMBERS = z.object({
  max_requests_per_1_minute: COUNT,
  max_tokens_per_1_minute: COUNT,
  max_images_per_1_minute: COUNT.optional(),
  max_audio_megabytes_per_1_minute: COUNT.optional(),
  max_requests_per_1_day: COUNT.optional(),
  batch_1_day_max_input_tokens: COUNT.optional(),
})
const LIMIT = NUMBERS.extend({ id: LIMIT_ID, model: z.string() })

/** What an admin key can do about the limits of one project. */
export function limitsOf(ask: Ask, project: string): Limits {
  return {
    rateLimits: async () => {
      const page = (after: { after?: string }) =>
        ask((client) => client.admin.organization.projects.rateLimits.listRateLimits(project, { limit: 100, ...after }))
      return (await allPages(LIMIT, page, 'list rate limits')).map(limitOf)
    },
    setRateLimit: async (id, most) => {
      const body = { project_id: project, ...most }
      const answer = await ask((client) => client.admin.organization.projects.rateLimits.updateRateLimit(id, body))
      if ([400, 422].includes(answer.status)) return 'refused'
      wanted(z.object({ id: z.literal(id) }), answer, 'set a rate limit', 'write')
      return 'set'
    },
  }
}

function limitOf({ id, model, ...numbers }: z.output<typeof LIMIT>): RateLimit {
  return {
    id,
    model: LIMIT_ID.safeParse(model).success ? model : id,
    most: Object.fromEntries(Object.entries(numbers).filter((entry): entry is [string, number] => entry[1] !== undefined)),
  }
}
