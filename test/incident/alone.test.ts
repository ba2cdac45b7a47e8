/** Incidents in which keyrot is not enough: no admin key, or one that has leaked. Nobody is at a terminal. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openScene, wrongAtTheEnd } from './scene.ts'

describe.concurrent('a person is wanted', { timeout: 300_000 }, () => {
  it('without an admin key: a new one is asked for, exit 9; given by hand, the deletion is, and then it is seen refused', async ({ onTestFinished }) => {
    const leak = await openScene({ kinds: ['dotenv'] })
    onTestFinished(() => leak.close())
    const { sandbox, prepared } = leak.world.clouds.openai
    const config = join(leak.world.folder, 'rotation.config.yaml')
    await writeFile(config, (await readFile(config, 'utf8')).replace(", adminKey: 'env:OPENAI_ADMIN_KEY'", ''))
    const bare = await leak.incident()
    expect([bare.code, bare.run.code, bare.run.next?.command], bare.text).toEqual([9, 'KR_NEW_KEY_WANTED', 'keyrot incident prod --new-key-stdin'])
    expect(leak.world.held('dotenv')).toBe(leak.world.first)
    const made = sandbox.addKey({ name: 'made by hand' }).value
    const moved = await leak.incident(['--new-key-stdin'], { input: made })
    expect([moved.code, moved.run.code], moved.text).toEqual([9, 'KR_REVOKE_BY_HAND'])
    expect(leak.world.held('dotenv')).not.toBe(leak.world.first)
    sandbox.deleteKey(prepared.keyId)
    const [command = '', ...args] = moved.run.next?.command.split(' ') ?? []
    expect([command, ...args]).toEqual(['keyrot', 'revoke', 'prod'])
    leak.time.pass(1_000)
    expect((await leak.run([...args, '--yes', '--confirm', 'prod'])).code).toBe(0)
    expect(await wrongAtTheEnd(leak)).toEqual([])
  })

  it('an admin key that has leaked: the steps, in order, and nothing is touched', async ({ onTestFinished }) => {
    const leak = await openScene({ kinds: ['dotenv'] })
    onTestFinished(() => leak.close())
    const { sandbox } = leak.world.clouds.openai
    const { code, stderr } = await leak.run(['incident', '--key-stdin'], { input: sandbox.adminKey })
    expect(code).toBe(9)
    expect(stderr).toMatch(/admin key[^]*make a new admin key[^]*keyrot check[^]*delete the leaked admin key[^]*keyrot incident --all/)
    expect(sandbox.log.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})
