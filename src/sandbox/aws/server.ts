/** The loopback server: reads requests, knows the signer, lets the operation answer, writes the log. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { bodyOf, jsonOf } from '../loopback.ts'
import { AwsFailure, accessDenied } from './errors.ts'
import { type AwsLogEntry, withoutValues } from './log.ts'
import { checkInput } from './members.ts'
import type { Call, Fate, Meddler } from './meddling.ts'
import { OPERATIONS } from './operations.ts'
import type { Principals } from './principals.ts'
import type { Signed } from './signature.ts'
import { answerSts, answerXml, failureXml } from './sts.ts'
import type { World } from './world.ts'

export interface Desk {
  readonly world: World
  readonly principals: Principals
  readonly log: AwsLogEntry[]
  meddler: Meddler | null
}

interface Asked {
  readonly service: Call['service']
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  readonly form: URLSearchParams
  readonly signed: Signed
}

interface Given {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly failure: string | null
  readonly effect: string | null
  readonly signer: string | null
  readonly region: string | null
}

export function handler(desk: Desk) {
  return async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = await read(incoming)
    const seq = desk.log.length + 1
    const requestId = randomUUID()
    if (desk.world.options.latencyMs > 0) await pause(desk.world.options.latencyMs)
    const fate = (await desk.meddler?.({ seq, service: asked.service, operation: asked.operation, input: asked.input })) ?? 'answer'
    const given = fate === 'cut-before' ? nothing() : isRefusal(fate) ? failed(asked, refusalOf(fate), requestId) : answer(desk, asked, requestId)
    const delivered = fate !== 'cut-before' && fate !== 'cut-after'
    const { status, failure, effect, signer, region } = given
    const entry = { seq, at: desk.world.now(), service: asked.service, operation: asked.operation, input: withoutValues(asked.input) }
    desk.log.push({ ...entry, signer, region, status, failure, effect, delivered, requestId })
    if (!delivered) {
      response.socket?.resetAndDestroy()
      return
    }
    const body = typeof fate === 'object' && 'body' in fate ? fate.body : given.body
    response.writeHead(status, { 'content-type': given.type, 'x-amzn-requestid': requestId, date: new Date(desk.world.now()).toUTCString() }).end(body)
  }
}

function isRefusal(fate: Fate): fate is Extract<Fate, { type: string }> {
  return typeof fate === 'object' && 'type' in fate
}

const refusalOf = (fate: Extract<Fate, { type: string }>): AwsFailure =>
  new AwsFailure(fate.type, fate.message ?? 'The sandbox was told to fail.', fate.status ?? 400)

const nothing = (): Given => ({ status: 0, type: '', body: '', failure: null, effect: null, signer: null, region: null })

async function read(incoming: IncomingMessage): Promise<Asked> {
  const body = await bodyOf(incoming)
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1')
  const signed = { method: incoming.method ?? 'GET', path: url.pathname, query: url.search.slice(1), headers: incoming.headers, body }
  const target = incoming.headers['x-amz-target']
  if (typeof target === 'string')
    return { service: 'secretsmanager', operation: target.replace(/^secretsmanager\./, ''), input: inputIn(body), form: new URLSearchParams(), signed }
  const form = new URLSearchParams(body.toString('utf8'))
  return { service: 'sts', operation: form.get('Action') ?? '', input: Object.fromEntries(form), form, signed }
}

function answer(desk: Desk, asked: Asked, requestId: string): Given {
  let signer: string | null = null
  let region: string | null = null
  try {
    const { principal, claim } = desk.principals.signerOf(asked.signed, desk.world.now())
    signer = principal.arn
    region = claim.region
    if (asked.service === 'sts') {
      const body = answerXml(asked.operation, answerSts(asked.form, principal, desk.principals, desk.world.now()), requestId)
      return { status: 200, type: 'text/xml', body, failure: null, effect: null, signer, region }
    }
    const { body, effect } = operate(desk, asked, signer, region)
    return { status: 200, type: 'application/x-amz-json-1.1', body: JSON.stringify(body), failure: null, effect, signer, region }
  } catch (error) {
    if (!(error instanceof AwsFailure)) throw error
    return { ...failed(asked, error, requestId), signer, region }
  }
}

function operate(desk: Desk, asked: Asked, signer: string, region: string) {
  const operation = OPERATIONS[asked.operation]
  if (operation === undefined) throw new AwsFailure('UnknownOperationException', '')
  const action = `secretsmanager:${asked.operation}`
  if (!desk.principals.may(action)) throw accessDenied(signer, action, resourceOf(asked.input))
  if (asked.input === MALFORMED) throw new AwsFailure('SerializationException', 'The request body is not valid JSON.')
  checkInput(asked.operation, asked.input)
  return operation({ world: desk.world, region, input: asked.input })
}

function resourceOf(input: Asked['input']): string {
  const { SecretId: id, Name: name } = input
  return typeof id === 'string' ? id : typeof name === 'string' ? name : '*'
}

/** Members of the service's own failures are written `Message`; the front of AWS writes `message`. */
const FRONT =
  /^(?:Validation|Serialization|UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|ExpiredToken|Throttling|UnknownOperation)Exception$/

function failed(asked: Asked, failure: AwsFailure, requestId: string): Given {
  const rest = { failure: failure.type, effect: null, signer: null, region: null }
  if (asked.service === 'sts') return { ...failureXml(failure, requestId), type: 'text/xml', ...rest }
  const said = FRONT.test(failure.type) ? { message: failure.message } : { Message: failure.message }
  return { status: failure.status, type: 'application/x-amz-json-1.1', body: JSON.stringify({ __type: failure.type, ...said }), ...rest }
}

/** Stands for a body that is no JSON object. */
const MALFORMED: Readonly<Record<string, unknown>> = Object.freeze({})

function inputIn(body: Buffer): Readonly<Record<string, unknown>> {
  const value = jsonOf(body.toString('utf8'))
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : MALFORMED
}
