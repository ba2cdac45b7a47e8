/** A Vercel project to work on: the one the environment names, else a sandbox of our own; and the target connected to it. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { connectVercel } from '../../../src/adapters/targets/vercel-target.ts'
import { vercel } from '../../../src/adapters/targets/vercel.ts'
import type { TargetSurroundings } from '../../../src/adapters/define.ts'
import { guardEndpoint } from '../../../src/adapters/endpoint.ts'
import { Secret } from '../../../src/domain/secret.ts'
import type { Target } from '../../../src/ports/target.ts'
import { startVercel, type VercelOptions, type VercelSandbox } from '../../../src/sandbox/vercel/vercel.ts'

export const NS = 'abcd1234'
export const CREDENTIAL = 'demo'

export interface Site {
  readonly url: string
  readonly token: string
  readonly project: string
  readonly team: string | undefined
  connect(settings?: Record<string, unknown>, around?: Partial<TargetSurroundings>): Target
  /** A call as a person with the same token would make it. `any`: tests look into JSON of every shape. */
  call(method: string, path: string, body?: unknown): Promise<any>
  close(): Promise<void>
}

export interface OwnSite extends Site {
  readonly sandbox: VercelSandbox
}

const WANTED = ['VERCEL_API_URL', 'VERCEL_TOKEN', 'VERCEL_PROJECT_ID', 'VERCEL_TEAM_ID'] as const

/** The project that the environment names (the team may be left out), else a new one in a sandbox. */
export async function vercelSite(): Promise<Site> {
  const [url = '', token = '', project = '', team] = WANTED.map((name) => process.env[name])
  return [url, token, project].every((text) => text !== '') ? siteOf({ url, token, project, team: team || undefined }, async () => {}) : ownSite()
}

const QUICK = { writeMs: 1, queueMs: 20, initMs: 20, buildMs: 60, aliasMs: 40, hookMs: 30 }

/** Always a sandbox of our own: for suites that do things to it. Everything takes its time there, but not much. */
export async function ownSite(options: Partial<VercelOptions> = {}): Promise<OwnSite> {
  const sandbox = await startVercel({ ...QUICK, ...options })
  const { id: project } = sandbox.hands.addProject('shop', { domains: ['shop.example'] })
  const site = siteOf({ url: sandbox.url, token: sandbox.token, project, team: sandbox.team ?? undefined }, () => sandbox.close())
  return { ...site, sandbox }
}

type Place = Pick<Site, 'url' | 'token' | 'project' | 'team'>

function siteOf(at: Place, close: () => Promise<void>): Site {
  return {
    ...at,
    connect: (settings = {}, around = {}) => {
      const all = {
        project: at.project,
        ...(at.team === undefined ? {} : { team: at.team }),
        environments: ['production'],
        redeploy: 'deployment',
        token: 'env:TOKEN',
        ...settings,
      }
      return connectVercel('web', vercel.schema.parse(all), { ...surroundings(at), ...around })
    },
    call: (method, path, body) => call(at, method, path, body),
    close,
  }
}

/** What the composition would give. */
export function surroundings({ url, token }: Pick<Place, 'url' | 'token'>, secrets: Readonly<Record<string, string>> = {}): TargetSurroundings {
  return {
    clock: { now: () => Date.now(), sleep: (ms) => pause(ms) },
    ids: { token: (length) => randomBytes(length).toString('hex').slice(0, length) },
    root: '.',
    stateDir: '.',
    secret: (reference) => new Secret({ 'env:TOKEN': token, ...secrets }[reference] ?? ''),
    env: (name) => ({ VERCEL_API_URL: url })[name],
    endpoint: (given, fallback) => guardEndpoint(given, fallback, process.env['KEYROT_ALLOW_HOSTS']?.split(',') ?? []),
    signal: new AbortController().signal,
    ns: NS,
    credential: CREDENTIAL,
  }
}

async function call({ url, token, team }: Place, method: string, path: string, body?: unknown): Promise<any> {
  const scoped = new URL(url + path)
  if (team !== undefined) scoped.searchParams.set('teamId', team)
  const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const response = await fetch(scoped, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`)
  return response.json()
}

/** A name that no other test uses. */
export function freshVariable(): string {
  return `KEYROT_TEST_${randomBytes(6).toString('hex').toUpperCase()}`
}

/** Asks until it holds. Delays of a cloud are waited out, never measured. */
export async function eventually<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    const seen = await look()
    if (holds(seen)) return seen
    await pause(25)
  }
  throw new Error('it never came to hold')
}
