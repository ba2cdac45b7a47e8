/** `keyrot sandbox`: what it writes serves whoever stands in any folder, and is gone afterwards. */
import { mkdtemp, readFile, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, it } from 'vitest'
import { keyrot } from './support/cli.ts'

it('names its files by absolute paths, also in a folder given relatively, and takes them away', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'keyrot-sandbox-test-')))
  const read: Promise<string>[] = []
  const ran = await keyrot(['sandbox', '--folder', 'clouds'], {
    cwd: folder,
    onStderr: (text, child) => {
      if (read.length > 0 || !text.includes('stops with Ctrl-C')) return
      read.push(readFile(join(folder, 'clouds', 'sandbox.env'), 'utf8').finally(() => child.kill('SIGINT')))
    },
  })
  expect(ran.stdout.trim()).toBe(join(folder, 'clouds', 'sandbox.env'))
  expect(parseEnv((await Promise.all(read)).join(''))['KUBECONFIG']).toBe(join(folder, 'clouds', 'kubeconfig'))
  expect(await readdir(join(folder, 'clouds'))).toEqual([])
  await rm(folder, { recursive: true })
})
