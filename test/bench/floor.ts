/**
 * The least that an incident can take at the embedded clouds: what a bare client takes that knows where everything is, looks at nothing
 * twice and proves nothing. It mints, asks once whether the key answers, writes and reloads every target at once, deletes, and waits for
 * the first refusal after which no call is answered any more.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { PLACES } from '../../src/sandbox/clouds.ts'
import { sign } from '../../src/sandbox/aws/signature.ts'
import type { CloudWorld, Kind } from '../cloud/world.ts'

const EVERY = 20

export interface Floor {
  readonly wholeMs: number
  /** From the command to each of these, in the order in which they came. */
  readonly parts: Readonly<Record<'minted' | 'proven' | 'promoted' | 'deleted' | 'refused', number>>
}

/** Plays the incident of the key that the world began with. */
export async function floorOf(world: CloudWorld): Promise<Floor> {
  const { project, serviceAccount, keyId, keyValue } = world.clouds.openai.prepared
  const admin = world.clouds.openai.sandbox.adminKey
  const keys = `${world.clouds.openai.urls.openai}/organization/projects/${project}`
  const begun = Date.now()
  const since = (): number => Date.now() - begun
  const minted = await call(`${keys}/service_accounts/${serviceAccount}/api_keys`, admin, 'POST', { name: 'floor' })
  const parts = { minted: since(), proven: 0, promoted: 0, deleted: 0, refused: 0 }
  const value = String(minted['value'])
  while (!(await answers(world, value))) await pause(EVERY)
  parts.proven = since()
  await Promise.all(world.kinds.map((kind) => MOVES[kind](world, value)))
  parts.promoted = since()
  await call(`${keys}/api_keys/${keyId}`, admin, 'DELETE')
  parts.deleted = since()
  parts.refused = (await firstRefusal(world, keyValue, () => since() > parts.deleted)) - begun
  return { wholeMs: parts.refused, parts }
}

/** Refusals without an answer between them, for the last of which a deleted key had this long. */
const SETTLED = 1_000

/** When the provider first refused a key that it has answered never since: Unix ms. Calls it all the time, as somebody with the key would. */
export async function firstRefusal(world: CloudWorld, key: string, mayHave: () => boolean): Promise<number> {
  for (let first: number | null = null; ;) {
    const refused = !(await answers(world, key))
    first = refused && mayHave() ? (first ?? Date.now()) : null
    if (first !== null && Date.now() - first > SETTLED) return first
    await pause(EVERY)
  }
}

async function answers({ clouds }: CloudWorld, key: string): Promise<boolean> {
  const { status } = await fetch(`${clouds.openai.urls.openai}/models`, { headers: { authorization: `Bearer ${key}` } })
  return status === 200
}

const MOVES: Readonly<Record<Kind, (world: CloudWorld, value: string) => Promise<void>>> = {
  dotenv: inFile,
  aws: inAws,
  kubernetes: inCluster,
  vercel: inVercel,
}

async function inFile({ folder }: CloudWorld, value: string): Promise<void> {
  const file = join(folder, '.env')
  const text = readFileSync(file, 'utf8').replace(/^(OPENAI_API_KEY=).*$/m, `$1${value}`)
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

async function inAws({ clouds: { aws } }: CloudWorld, value: string): Promise<void> {
  const url = new URL(aws.url)
  const { secret, field } = PLACES.aws
  const old = JSON.parse(aws.hands.value(secret) ?? '{}') as object
  const body = JSON.stringify({ SecretId: secret, SecretString: JSON.stringify({ ...old, [field]: value }), ClientRequestToken: crypto.randomUUID() })
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const headers = { host: url.host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-date': time, 'x-amz-target': 'secretsmanager.PutSecretValue' }
  const authorization = sign({ method: 'POST', path: '/', query: '', headers, body: Buffer.from(body) }, aws.credentials, aws.region)
  await sent(await fetch(url, { method: 'POST', headers: { ...headers, authorization }, body }))
}

async function inCluster({ clouds: { kubernetes } }: CloudWorld, value: string): Promise<void> {
  const { namespace, secret, workload } = PLACES.kubernetes
  const deployment = `${kubernetes.url}/apis/apps/v1/namespaces/${namespace}/deployments/${workload.split('/')[1]}`
  const data = { [PLACES.variable]: Buffer.from(value).toString('base64') }
  await call(`${kubernetes.url}/api/v1/namespaces/${namespace}/secrets/${secret}`, kubernetes.token, 'PATCH', { data }, MERGE)
  const restart = { spec: { template: { metadata: { annotations: { restarted: new Date().toISOString() } } } } }
  await call(deployment, kubernetes.token, 'PATCH', restart, MERGE)
  const pods = (): number => kubernetes.hands.pods().length
  while (!isRolledOut(await call(deployment, kubernetes.token, 'GET')) || pods() > 2) await pause(EVERY)
}

const MERGE = 'application/merge-patch+json'

function isRolledOut(workload: Record<string, unknown>): boolean {
  const { metadata, spec, status } = workload as Record<'metadata' | 'spec' | 'status', Record<string, number | undefined>>
  const wanted = spec['replicas']
  return (
    status['observedGeneration'] === metadata['generation'] &&
    [status['updatedReplicas'], status['replicas'], status['availableReplicas']].every((count) => count === wanted)
  )
}

async function inVercel({ clouds: { vercel } }: CloudWorld, value: string): Promise<void> {
  const { project } = PLACES.vercel
  const [variable] = vercel.hands.variables(project)
  const of = vercel.team === null ? '' : `teamId=${vercel.team}`
  await call(`${vercel.url}/v9/projects/${project}/env/${variable?.id ?? ''}?${of}`, vercel.token, 'PATCH', { value })
  const source = { name: project, deploymentId: vercel.hands.serving(project), target: 'production' }
  const deployment = await call(`${vercel.url}/v13/deployments?forceNew=1&${of}`, vercel.token, 'POST', source)
  for (;;) {
    const { readyState, aliasAssigned } = await call(`${vercel.url}/v13/deployments/${String(deployment['id'])}?${of}`, vercel.token, 'GET')
    if (readyState === 'READY' && aliasAssigned === true) return
    await pause(EVERY)
  }
}

async function call(url: string, token: string, method: string, body?: object, type = 'application/json'): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) }
  return (await sent(await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }))).json() as Promise<
    Record<string, unknown>
  >
}

async function sent(answer: Response): Promise<Response> {
  if (!answer.ok) throw new Error(`the bare client was answered ${answer.status} at ${new URL(answer.url).pathname}`)
  return answer
}
