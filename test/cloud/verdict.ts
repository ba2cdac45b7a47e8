/** Judges a world of clouds after a rotation, by what the clouds, the files and the consumers hold. Nothing here has read a line of keyrot. */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseEnv } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import type { KeyView } from '../../src/sandbox/openai/hands.ts'
import { PLACES } from '../../src/sandbox/clouds.ts'
import { filesBelow, makeScanner, scanFolder } from '../leak/scanner.ts'
import { judgeTargets, type CloudWorld, type Kind } from './world.ts'

/** Names of attempts: `keyrot.<ns>.<credential>.g<generation>.a<attempt>`. */
const OURS = /^keyrot\.testtest\.prod\.g\d+\.a\d+$/
/** The life of a key before it is proven (the policy's default): a key whose value was lost dies after it by itself. */
export const BIRTH_LIFE = 3_600_000
const WEEK = 7 * 86_400_000
/** What may lie in the state folder of a rotation that has ended. */
const STATE = /^(?:\.gitignore|credentials\/prod\/(?:record\.json|[a-z0-9]+\.jsonl))$/

/** What is wrong with the keys and what holds them; each kill may have cost `kills` keys, which die by themselves. */
export function judgeRotation(world: CloudWorld, first: string, kills: number): string[] {
  const { sandbox } = world.clouds.openai
  const now = world.held(world.kinds[0] ?? 'dotenv')
  const living = sandbox.state().keys.filter((key) => key.alive && isOurs(key))
  const extra = living.filter((key) => key.fingerprint !== now && (key.expiresAt ?? Infinity) <= key.createdAt + BIRTH_LIFE)
  const wrong = judgeTargets(world, first)
  if (extra.length > kills) wrong.push(`${extra.length} keys too many live: ${extra.map((key) => key.name).join(' ')}`)
  for (const key of living) if (key.fingerprint === now && (key.expiresAt ?? Infinity) < sandbox.now() + WEEK) wrong.push('the key in use ends within a week')
  return [...wrong, ...judgeCreates(world), ...world.kinds.flatMap((kind) => judgeRest(world, kind))]
}

/** Keys that are alive and in no target. */
export function leftAlive(world: CloudWorld): readonly KeyView[] {
  const now = world.held(world.kinds[0] ?? 'dotenv')
  return world.clouds.openai.sandbox.state().keys.filter((key) => key.alive && key.fingerprint !== now)
}

export function isOurs(key: KeyView): boolean {
  return OURS.test(key.name) || OURS.test(key.owner.name ?? '')
}

/** By the cloud's log, at most one create per name, and no name of another form. */
function judgeCreates({ clouds }: CloudWorld): string[] {
  const names = clouds.openai.sandbox.log.flatMap(({ method, path, body }) =>
    method === 'POST' && /\/(?:api_keys|service_accounts)$/.test(path) ? [String((body as { name?: unknown } | undefined)?.name)] : [],
  )
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  return [...twice.map((name) => `two creates of ${name}`), ...names.filter((name) => !OURS.test(name)).map((name) => `a create of ${name}`)]
}

/** What is beside the key in a target must be as it was, and nothing of keyrot's be left there. */
function judgeRest(world: CloudWorld, kind: Kind): string[] {
  const now = shown(restOf(world, kind))
  const then = shown(RESTS[kind])
  return now === then ? [] : [`${kind} differs in more than the key: ${now} instead of ${then}`]
}

const shown = (value: unknown): string => JSON.stringify(value)

const RESTS: Readonly<Record<Kind, unknown>> = {
  dotenv: ['# app', 'PORT=3000', 'OPENAI_API_KEY=KEY', 'LAST="x"', ''],
  aws: { text: '{\n  "DATABASE_URL": "postgres://db/app",\n  "OPENAI_API_KEY": "KEY"\n}', labels: ['AWSCURRENT', 'AWSPREVIOUS'] },
  kubernetes: { other: 'as it was', fallback: null },
  vercel: [{ key: 'OPENAI_API_KEY', type: 'encrypted', target: ['production'], gitBranch: null, customEnvironmentIds: [], comment: 'for the web app' }],
}

function restOf({ folder, clouds: { aws, kubernetes, vercel } }: CloudWorld, kind: Kind): unknown {
  switch (kind) {
    case 'dotenv': {
      const text = readFileSync(join(folder, '.env'), 'utf8')
      return text.replace(parseEnv(text)[PLACES.variable] ?? '', 'KEY').split('\n')
    }
    case 'aws': {
      const text = aws.hands.value(PLACES.aws.secret) ?? ''
      const key = (JSON.parse(text) as Record<string, string>)[PLACES.aws.field] ?? ''
      const labels = aws.hands.view(PLACES.aws.secret).versions.flatMap((version) => version.labels)
      return { text: text.replace(key, 'KEY'), labels: labels.toSorted() }
    }
    case 'kubernetes': {
      const value = (key: string): string | null => kubernetes.hands.secretValue({ name: PLACES.kubernetes.secret }, key)
      return { other: value('LEFT_ALONE'), fallback: value(`${PLACES.variable}_FALLBACK`) }
    }
    default:
      return vercel.hands
        .variables(PLACES.vercel.project)
        .map(({ key, type, target, gitBranch, customEnvironmentIds, comment }) => ({ key, type, target, gitBranch, customEnvironmentIds, comment }))
  }
}

/** No file but the target holds a key; right after a kill, one private file in `.keyrot/tmp` may. What the clouds keep for themselves is theirs. */
export function judgeFiles(world: CloudWorld, afterKill: boolean): string[] {
  const { openai, aws, kubernetes, vercel } = world.clouds
  const credentials = { admin: openai.sandbox.adminKey, aws: aws.credentials.secretAccessKey, kubernetes: kubernetes.token, vercel: vercel.token }
  const hits = scanFolder(world.folder, makeScanner(credentials), (file) => file === '.env' || file.startsWith('cloud/'))
  const waiting = new Set(hits.filter((hit) => afterKill && hit.file.startsWith('.keyrot/tmp/') && hit.mode === 0o600).map((hit) => hit.file))
  return hits.filter((hit) => waiting.size !== 1 || !waiting.has(hit.file)).map((hit) => `${hit.file} holds ${hit.key} (${hit.encoding})`)
}

/** What an ended rotation has left lying about: temporary files, locks, claims. */
export function judgeState({ folder }: CloudWorld): string[] {
  const state = join(folder, '.keyrot')
  const left = filesBelow(state).map((path) => relative(state, path))
  const beside = filesBelow(folder).map((path) => relative(folder, path))
  const ours = beside.filter((file) => !/^(?:\.keyrot|cloud)\/|^(?:\.env|rotation\.config\.yaml)$/.test(file))
  return [...left.filter((file) => !STATE.test(file)).map((file) => `.keyrot/${file}`), ...ours].map((file) => `${file} was left behind`)
}

/** Calls of consumers that the cloud has refused so far: its own log knows of those too whose process has ended since. */
export function refusedByCloud({ clouds }: CloudWorld): number {
  return clouds.openai.sandbox.log.filter((entry) => isConsumers(entry) && (entry.status === 401 || entry.status === 403)).length
}

/** Calls of consumers so far. */
export function callsAtCloud({ clouds }: CloudWorld): number {
  return clouds.openai.sandbox.log.filter(isConsumers).length
}

/** keyrot says who it is; the consumers do not. */
function isConsumers({ method, path, headers }: CloudWorld['clouds']['openai']['sandbox']['log'][number]): boolean {
  return method === 'GET' && path === '/models' && headers['user-agent'] === undefined
}

const PATIENCE = 10_000
const LOOK_EVERY = 50
/** Consumers tell what they did every tenth of a second. */
const JUST_NOW = 250

/** Waits until at least two consumers of every target, and no others, call with the key in use. Names who does not. */
export async function judgeConsumers(world: CloudWorld): Promise<string[]> {
  const end = Date.now() + PATIENCE
  for (;;) {
    const late = latecomers(world)
    if (late.length === 0 || Date.now() > end) return late
    await pause(LOOK_EVERY)
  }
}

function latecomers({ clouds: { consumers }, kinds, held }: CloudWorld): string[] {
  const running = new Set(consumers.running())
  const recent = consumers.calls().filter(({ consumer, lastAt }) => running.has(consumer) && lastAt > Date.now() - JUST_NOW)
  return kinds.flatMap((kind) => {
    const now = held(kind)
    const mine = recent.filter(({ consumer }) => consumer.startsWith(`${kind}/`))
    const stale = mine.filter((calls) => calls.fingerprint !== now).map(({ consumer, fingerprint }) => `${consumer} calls with ${fingerprint}`)
    const good = new Set(mine.map(({ consumer }) => consumer)).size
    return good < 2 ? [...stale, `${good} consumers of ${kind} call with the key in use`] : stale
  })
}
