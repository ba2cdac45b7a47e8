/** Judges a world by the cloud's own memory and the bytes of `.env`. Nothing here has read a line of keyrot. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyView } from '../../src/sandbox/openai/hands.ts'
import { makeScanner, scanFolder } from '../leak/scanner.ts'
import { fingerprint, type World } from './world.ts'

/** Names of attempts: `keyrot.<ns>.<credential>.g<generation>.a<attempt>`. */
const OURS = /^keyrot\.testtest\.prod\.g\d+\.a\d+$/

/** The life of a key before it is proven (the policy's default): a key whose value was lost dies after it by itself. */
const BIRTH_LIFE = 3_600_000

/** What is wrong with a rotation that says it is done; empty = nothing. A lost answer or a kill may each have cost `lost` keys. */
export function judgeEnd(world: World, lost = 0): readonly string[] {
  const { sandbox, prepared } = world.project.cloud
  const extra = sandbox.state().keys.filter((key) => key.alive && isOurs(key)).length - 1
  sandbox.advance(BIRTH_LIFE)
  const { keys } = sandbox.state()
  const text = readFileSync(join(world.project.folder, '.env'), 'utf8')
  const current = /^OPENAI_API_KEY=(.*)$/m.exec(text)?.[1] ?? ''
  const living = keys.filter((key) => key.alive && isOurs(key))
  const wrong: string[] = extra > lost ? [`${extra} keys too many were alive`] : []
  if (living.length !== 1) wrong.push(`${living.length} live keys of the generation: ${living.map((key) => key.name).join(' ')}`)
  if (living[0]?.fingerprint !== fingerprint(current)) wrong.push('.env does not hold the live key of the generation')
  if (living[0] !== undefined && (living[0].expiresAt ?? Infinity) < sandbox.now() + 7 * 86_400_000) wrong.push('the key in use ends within a week')
  if (keys.find((key) => key.id === prepared.keyId)?.alive !== false) wrong.push('the old key lives')
  if (text !== world.original.replace(prepared.keyValue, current)) wrong.push('.env differs in more than the key')
  return [...wrong, ...judgeCreates(world)]
}

function isOurs(key: KeyView): boolean {
  return OURS.test(key.name) || OURS.test(key.owner.name ?? '')
}

/** I4, I7: by the cloud's log, at most one POST per name. */
export function judgeCreates(world: World): readonly string[] {
  const names = world.project.cloud.sandbox.log.flatMap(({ method, path, body }) =>
    method === 'POST' && /\/(?:api_keys|service_accounts)$/.test(path) ? [String((body as { name?: unknown } | undefined)?.name)] : [],
  )
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  const strange = names.filter((name) => !OURS.test(name))
  return [...twice.map((name) => `two POSTs for ${name}`), ...strange.map((name) => `a POST for ${name}`)]
}

/** No file but `.env` holds a key; right after a kill, one private file in `.keyrot/tmp` may. */
export function judgeFiles(world: World, afterKill: boolean): readonly string[] {
  const { prepared, sandbox } = world.project.cloud
  const known = Object.fromEntries([...world.seen].map((value, index) => [value === prepared.keyValue ? 'the old key' : `new key ${index}`, value]))
  const scan = makeScanner({ ...known, 'the admin key': sandbox.adminKey })
  const hits = scanFolder(world.project.folder, scan, (file) => file === '.env')
  const waiting = new Set(hits.filter((hit) => afterKill && hit.file.startsWith('.keyrot/tmp/') && hit.mode === 0o600).map((hit) => hit.file))
  return hits
    .filter((hit) => waiting.size !== 1 || !waiting.has(hit.file))
    .map((hit) => `${hit.file} holds ${hit.key} (${hit.encoding}, mode ${hit.mode.toString(8)})`)
}
