/** A config folder with a `.env` file in it, and the target connected to that file. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dotenv } from '../../../src/adapters/targets/dotenv.ts'
import type { TargetSurroundings } from '../../../src/adapters/define.ts'
import type { Target } from '../../../src/ports/target.ts'

export interface Folder {
  readonly root: string
  readonly stateDir: string
  file(name?: string): string
  read(name?: string): Promise<string>
  connect(settings?: Record<string, unknown>, around?: Partial<TargetSurroundings>): Promise<Target>
  readonly remove: () => Promise<void>
}

/** A fresh folder. Without a git repository above it, wherever the system keeps temporary files. */
export async function makeFolder(content?: string): Promise<Folder> {
  const root = await mkdtemp(join(tmpdir(), 'keyrot-dotenv-'))
  const stateDir = join(root, '.keyrot')
  const file = (name = '.env'): string => join(root, name)
  if (content !== undefined) await writeFile(file(), content, { mode: 0o600 })
  return {
    root,
    stateDir,
    file,
    read: (name) => readFile(file(name), 'utf8'),
    connect: (settings = {}, around = {}) => connectDotenv(settings, { ...surroundings(root), ...around }),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

export function connectDotenv(settings: Record<string, unknown>, around: TargetSurroundings): Promise<Target> {
  return dotenv.connect('local', dotenv.schema.parse({ path: '.env', consumers: 'reread', ...settings }), around)
}

/** What the composition would give, with a counter in the place of chance. */
export function surroundings(root: string): TargetSurroundings {
  let count = 0
  return {
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    ids: { token: (length) => String((count += 1)).padStart(length, '0') },
    root,
    stateDir: join(root, '.keyrot'),
    secret: () => {
      throw new Error('no references here')
    },
    env: (name) => process.env[name],
    endpoint: (given) => new URL(given),
    signal: new AbortController().signal,
    ns: 'abcd1234',
    credential: 'prod',
  }
}
