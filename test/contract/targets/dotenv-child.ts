/** Run as a process of its own by dotenv-file.test.ts: `dotenv-child.ts SCENE FOLDER`. Says on stdout how it went on. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { sweepTemp } from '../../../src/adapters/targets/dotenv.ts'
import { toKeyrotError } from '../../../src/domain/errors.ts'
import { connectDotenv, surroundings } from './dotenv-harness.ts'
import { fakeKey } from './fake-key.ts'

const [scene = '', root = ''] = process.argv.slice(2)
const stateDir = join(root, '.keyrot')
const { rename, open } = fs.promises

/** The moment in which the new content is complete and the old one still in place. */
function atRename(act: () => Promise<void> | void): void {
  fs.promises.rename = async (from, to) => {
    await act()
    return rename(from, to)
  }
}

function atOpen(matches: (path: string) => boolean, act: () => void): void {
  fs.promises.open = (path, ...rest) => {
    if (matches(String(path))) act()
    return open(path, ...rest)
  }
}

function fail(code: string): never {
  throw Object.assign(new Error(`${code}: as the system would say`), { code })
}

async function sweepTwice(): Promise<void> {
  const other = spawnSync(process.execPath, [process.argv[1] ?? '', 'sweep', root], { encoding: 'utf8' })
  process.stdout.write(`swept ${other.stdout}, then ${await sweepTemp(stateDir)}: `)
}

if (scene === 'kill-before-rename') atRename(() => void process.kill(process.pid, 'SIGKILL'))
else if (scene === 'sweep-while-waiting') atRename(sweepTwice)
else if (scene === 'edit-meanwhile')
  atOpen(
    (path) => path.includes('/.keyrot/tmp/'),
    () => fs.appendFileSync(join(root, '.env'), 'MORE=1\n'),
  )
else if (scene === 'fail-folder-sync')
  atOpen(
    (path) => path === fs.realpathSync(root),
    () => fail('EIO'),
  )
else if (scene.startsWith('fail-')) atRename(() => fail(scene.slice(5)))
syncBuiltinESMExports()

async function play(): Promise<string> {
  if (scene === 'sweep') return String(await sweepTemp(stateDir))
  const target = await connectDotenv({}, surroundings(root))
  const seen = await target.observe()
  if (scene !== 'observe') await target.write({ current: fakeKey('b') }, seen.revision)
  return 'done'
}

process.stdout.write(
  await play().catch((error: unknown) => {
    const { code, kind } = toKeyrotError(error)
    return `${code} ${kind}`
  }),
)
