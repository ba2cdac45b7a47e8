import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { configFiles } from '../../../src/cli/outside/config-files.ts'
import { envNames, refuseReference, resolveReferences, toReference, type Resolved } from '../../../src/config/references.ts'
import { KeyrotError } from '../../../src/domain/errors.ts'
import { CANARY } from './playground.ts'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'keyrot-references-')))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const here = { line: 3, column: 5 }
const reference = (text: string) => toReference(text, here)

function resolve(texts: readonly string[], env: Record<string, string> = {}): Promise<Resolved> {
  return resolveReferences(texts.map(reference), { env: (name) => env[name], files: configFiles, root })
}

async function hints(texts: readonly string[], env: Record<string, string> = {}): Promise<readonly string[]> {
  const error: unknown = await resolve(texts, env).then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof KeyrotError)) throw new Error('expected a refusal')
  expect(error).toMatchObject({ code: 'KR_SECRET_UNAVAILABLE', kind: 'config' })
  expect(JSON.stringify(error) + error.message).not.toContain(CANARY.slice(10, 40))
  return error.hints
}

function file(name: string, content: string, mode = 0o600): void {
  writeFileSync(join(root, name), content)
  chmodSync(join(root, name), mode)
}

describe('references', () => {
  it('are read from variables and files, with one line end taken off', async () => {
    file('key', `${CANARY}\n`)
    mkdirSync(join(root, 'sub'))
    file('sub/crlf', `${CANARY}\r\n`)
    const { secrets, warnings } = await resolve(['env:A', 'file:key', 'file:sub/crlf', `file:${root}/key`, 'env:A'], { A: CANARY })
    expect([...secrets.keys()]).toEqual(['env:A', 'file:key', 'file:sub/crlf', `file:${root}/key`])
    expect(new Set([...secrets.values()].map((secret) => secret.reveal()))).toEqual(new Set([CANARY]))
    expect(warnings).toEqual([])
    expect(JSON.stringify([...secrets])).not.toContain(CANARY)
  })

  it('that cannot be used are all named at once, by reference and reason', async () => {
    file('empty', '\n')
    file('inner', `${CANARY}\n${CANARY}\n`)
    file('large', 'x'.repeat(20_000))
    file('binary', '\u0000\u0001')
    mkdirSync(join(root, 'dir'))
    const texts = ['env:NONE', 'env:EMPTY', 'env:INNER', 'file:absent', 'file:empty', 'file:inner', 'file:large', 'file:binary', 'file:dir']
    expect(await hints(texts, { EMPTY: '', INNER: `${CANARY} x` })).toEqual([
      '"env:NONE" is not set',
      '"env:EMPTY" is empty',
      '"env:INNER" holds blanks or line breaks inside, or is not text',
      '"file:absent" does not exist',
      '"file:empty" is empty',
      '"file:inner" holds blanks or line breaks inside, or is not text',
      '"file:large" is too large to be a secret',
      '"file:binary" holds blanks or line breaks inside, or is not text',
      '"file:dir" is not a regular file',
    ])
  })

  it('keep every blank but the one line end: a padded key is refused, not mended', async () => {
    expect(await hints(['env:A', 'env:B', 'env:C'], { A: `${CANARY}\n\n`, B: ` ${CANARY}`, C: `${CANARY} ` })).toHaveLength(3)
  })

  it('by a relative path may not leave the folder by a link; by an absolute one they may, as mounted secrets do', async () => {
    mkdirSync(join(root, 'project'))
    file('outside', CANARY)
    symlinkSync(join('..', 'outside'), join(root, 'project', 'link'))
    const readers = { env: () => undefined, files: configFiles, root: join(root, 'project') }
    await expect(resolveReferences([reference('file:link')], readers)).rejects.toMatchObject({
      hints: ['"file:link" leads out of the folder of the config by a symbolic link'],
    })
    expect((await resolveReferences([reference(`file:${root}/project/link`)], readers)).secrets.size).toBe(1)
  })

  it('in a file that others can read are warned of, at their place', async () => {
    file('open', CANARY, 0o644)
    file('group', CANARY, 0o640)
    file('closed', CANARY, 0o400)
    const { warnings } = await resolve(['file:open', 'file:group', 'file:closed'])
    expect(warnings.map(({ message, place }) => [message, place])).toEqual([
      ['"file:open" can be read by others on this machine', here],
      ['"file:group" can be read by others on this machine', here],
    ])
  })

  it('tell which variables are to be taken out of the environment', () => {
    expect(envNames(['env:A', 'file:x', 'env:B', 'env:A'].map(reference))).toEqual(['A', 'B'])
  })

  it.each([
    'env:',
    'env:1A',
    'env:A B',
    `env:${CANARY}`,
    'env:A$',
    'file:',
    'file: x',
    'file:~/x',
    'file:../x',
    'file:a/../../x',
    'file:/a/../b',
    'file:a\\..\\b',
  ])('refuses %s whatever the machine', (text) => {
    expect(refuseReference(text)).not.toBeNull()
    expect(JSON.stringify(refuseReference(text))).not.toContain(CANARY.slice(10, 40))
  })

  it.each(['env:A', 'env:_a1', 'file:x', 'file:a/b.txt', 'file:/run/secrets/x', 'file:..data/x', 'file:a..b'])('lets %s pass', (text) => {
    expect(refuseReference(text)).toBeNull()
  })
})
