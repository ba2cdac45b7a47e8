import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gitAt } from '../../src/scan/git/process.ts'
import { inspectorWith } from '../../src/scan/inspect.ts'
import { allowances } from '../../src/scan/allow.ts'
import { scanTree } from '../../src/scan/tree/tree.ts'
import { chance } from '../simulation/clock.ts'
import { KINDS } from './kinds.ts'

const key = KINDS[0]!.draw(chance(7))
const gitIn = (folder: string) => gitAt({ folder, env: (name) => process.env[name] })
const signal = new AbortController().signal
let root = ''

const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
const git = (...args: string[]): void => void execFileSync('git', ['-C', root, ...args], { stdio: 'ignore' })
const found = async (folder: string, everything = false): Promise<string[]> => {
  const { hits } = await scanTree([folder], inspectorWith(), { gitIn, everything, signal })
  return hits.map(({ rule, at }) => `${at.path.slice(root.length + 1)}:${at.line}:${at.column} ${rule}`)
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'keyrot-scan-'))
  git('init', '-q')
  put('.gitignore', 'ignored/\n*.local\n.env\n')
  put('ignored/a.txt', key)
  put('kept.local', `x\n ${key}\n`)
  put('new.txt', `über ${key}`)
  put('.env', `OPENAI_API_KEY=${key}\n`)
  put('inner/deep/.env.production', 'API_TOKEN=abc\n')
  put('harmless/.env', 'PORT=3000\n')
  put('long.txt', `${'ordinary words\n'.repeat(640_000)}key ${key}\n`)
  put('nested/mine.txt', key)
  execFileSync('git', ['init', '-q', join(root, 'nested')], { stdio: 'ignore' })
  symlinkSync(join(root, 'ignored/a.txt'), join(root, 'link.txt'))
  git('add', '-f', 'kept.local', '.gitignore', 'harmless/.env')
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('a work tree', () => {
  it('is what git keeps and would take: not what it ignores, no links, repositories inside it too', async () => {
    expect(await found(root)).toEqual([
      'inner/deep/.env.production:1:1 env-file-not-ignored',
      'kept.local:2:2 openai-project-key',
      'long.txt:640001:5 openai-project-key',
      'nested/mine.txt:1:1 openai-project-key',
      'new.txt:1:6 openai-project-key',
    ])
  })

  it('is every file when asked for', async () => {
    expect(await found(root, true)).toEqual(expect.arrayContaining(['.env:1:16 openai-project-key', 'ignored/a.txt:1:1 openai-project-key']))
  })

  it('tells an environment file that git keeps, if it holds something to be kept secret', async () => {
    git('add', '-f', '.env')
    const told = (await found(root)).filter((line) => line.includes('env-file'))
    git('rm', '-q', '--cached', '.env')
    expect(told).toEqual(['.env:1:1 env-file-tracked', 'inner/deep/.env.production:1:1 env-file-not-ignored'])
  })

  it('gives the same with threads as without', async () => {
    for (let at = 0; at < 1300; at++) put(`many/${at % 13}/${at}.txt`, at % 100 === 0 ? `a\n${key}` : 'nothing here')
    const paths = (await found(join(root, 'many'))).map((line) => line.split(':')[0])
    expect(new Set(paths)).toEqual(new Set(Array.from({ length: 13 }, (_, at) => `many/${(at * 100) % 13}/${at * 100}.txt`)))
    expect(paths).toHaveLength(13)
  })

  it('is refused where there is none, without repeating what was typed', async () => {
    await expect(found(join(root, key))).rejects.toMatchObject({ code: 'KR_USAGE', message: 'there is nothing at path number 1 of the command line' })
  })
})

it('finds nothing in this repository', async () => {
  const { hits, skipped } = await scanTree([join(import.meta.dirname, '../..')], inspectorWith(allowances), { gitIn, everything: false, signal })
  const counted = hits.filter(({ allowed, severity }) => allowed === undefined && severity !== 'info')
  expect(counted.map(({ rule, at }) => `${at.path}:${at.line} ${rule}`)).toEqual([])
  expect(skipped).toEqual([])
})
