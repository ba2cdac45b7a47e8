/** What applications call: models and responses. */
import { modelFor, projectKeyFor } from '../access.ts'
import { badRequest } from '../errors.ts'
import { type ApiAnswer, type ApiRequest, ok } from '../exchange.ts'
import { newId } from '../keys.ts'
import { seconds } from '../render.ts'
import type { Cloud } from '../state.ts'
import { keepToRate } from './rate-limits.ts'

const MODELS_SINCE = 1_735_689_600

function modelJson(id: string) {
  return { id, object: 'model', created: MODELS_SINCE, owned_by: 'openai' }
}

export function listModels(cloud: Cloud, request: ApiRequest): ApiAnswer {
  const key = projectKeyFor(cloud, request.key, 'api.model.read')
  const allowed = cloud.projects.find((project) => project.id === key.project)?.models ?? cloud.options.models
  return ok({ object: 'list', data: allowed.filter((model) => cloud.options.models.includes(model)).map(modelJson) })
}

export function getModel(cloud: Cloud, request: ApiRequest, [model = '']: readonly string[]): ApiAnswer {
  const key = projectKeyFor(cloud, request.key, 'api.model.read')
  return ok(modelJson(modelFor(cloud, key, model)))
}

/** The smallest answer there is: one word. The call is counted as usage. */
export function createResponse(cloud: Cloud, request: ApiRequest): ApiAnswer {
  const key = projectKeyFor(cloud, request.key, 'api.responses.write')
  const { model, input, max_output_tokens: most, stream } = request.body ?? {}
  if (typeof model !== 'string') throw badRequest("Missing required parameter: 'model'.", 'model', 'missing_required_parameter')
  if (input === undefined) throw badRequest("Missing required parameter: 'input'.", 'input', 'missing_required_parameter')
  if (stream === true) throw badRequest('The sandbox does not stream.', 'stream', 'unsupported_value')
  if (most !== undefined && (typeof most !== 'number' || most < 16)) {
    const text = `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${Number(most)} instead.`
    throw badRequest(text, 'max_output_tokens', 'integer_below_min_value')
  }
  const inputTokens = Math.max(1, Math.ceil(JSON.stringify(input).length / 4))
  const used = modelFor(cloud, key, model)
  keepToRate(cloud, key, used)
  cloud.calls.push({ at: cloud.now(), key: key.id, project: key.project, kind: 'completions', model: used, times: 1, inputTokens, outputTokens: 1 })
  return ok(responseJson(cloud, used, inputTokens, most ?? null), `call ${key.id} ${used}`)
}

/** Every required member of the SDK's `Response` type. */
function responseJson(cloud: Cloud, model: string, inputTokens: number, most: unknown) {
  return {
    id: newId('resp_'),
    access_programs: null,
    object: 'response',
    created_at: seconds(cloud.now()),
    status: 'completed',
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: most,
    metadata: {},
    model,
    output: [
      {
        id: newId('msg_'),
        type: 'message',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'ok', annotations: [] }],
      },
    ],
    parallel_tool_calls: true,
    previous_response_id: null,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    truncation: 'disabled',
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 1,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + 1,
    },
  }
}
