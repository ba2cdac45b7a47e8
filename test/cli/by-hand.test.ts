/** Without an admin key: a person makes the new key, and gives it on stdin. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KEY_LIKE, keyrot, makeProject, type Project, type Ran } from './support/cli.ts'

let made: Project

beforeEach(async () => {
  made = await makeProject({ policy: ['policy: { overlap: 1h, verifyWindow: 20s, listDelay: 1s }'] })
  const path = join(made.folder, 'rotation.config.yaml')
  await writeFile(path, (await readFile(path, 'utf8')).replace(", adminKey: 'env:OPENAI_ADMIN_KEY'", ''))
})

afterEach(() => made.close())

function give(input: string): Promise<Ran> {
  return keyrot(['rotate', 'prod', '--yes', '--new-key-stdin'], { cwd: made.folder, env: made.env, input })
}

describe('--new-key-stdin', () => {
  it('puts the given key in place and keeps the old one beside it', async () => {
    const { value } = made.cloud.sandbox.addKey({ name: 'made by hand' })
    const ran = await give(`${value}\n`)
    expect(ran.code).toBe(10)
    expect(await made.read('.env')).toContain(`OPENAI_API_KEY=${value}\nOPENAI_API_KEY_FALLBACK=${made.cloud.prepared.keyValue}`)
    expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
  })

  it('refuses the key that is in use already, and an admin key', async () => {
    for (const wrong of [made.cloud.prepared.keyValue, made.cloud.sandbox.adminKey]) {
      const before = await made.read('.env')
      const ran = await give(`${wrong}\n`)
      expect(ran.code).toBe(5)
      expect(await made.read('.env')).toBe(before)
      expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
    }
  })

  it.each([
    ['', 'stdin was empty'],
    ['two words', 'does not hold one key'],
    ['x'.repeat(5_000), 'more than one key'],
  ])('refuses what cannot be a key (%#): exit 2', async (input, words) => {
    const ran = await give(input)
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(words)
  })

  it('without a key and without a person parks and says what is wanted', async () => {
    const ran = await keyrot(['rotate', 'prod', '--yes'], { cwd: made.folder, env: made.env })
    expect(ran.code).toBe(8)
    expect(ran.stdout).toContain('--new-key-stdin')
  })
})
