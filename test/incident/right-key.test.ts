/** The right key only, by the shipped binary: whatever is given, no other key dies, and what is said is what is needed. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { openScene, told, type Scene, type Told } from './scene.ts'

/** A scene of one file, with a key beside the one in use; nothing but the one in use may ever die. */
interface Beside extends Scene {
  readonly sandbox: Scene['world']['clouds']['openai']['sandbox']
  readonly dead: () => readonly string[]
  revoke(args: readonly string[], input?: string): Promise<Told>
}

async function scene({ onTestFinished }: TestContext): Promise<Beside> {
  const opened = await openScene({ kinds: ['dotenv'] })
  onTestFinished(() => opened.close())
  const { sandbox } = opened.world.clouds.openai
  return {
    ...opened,
    sandbox,
    dead: () => sandbox.state().keys.flatMap(({ id, alive }) => (alive ? [] : [id])),
    revoke: async (args, input = '') => told(await opened.run(['revoke', 'prod', '--yes', '--confirm', 'prod', '--json', ...args], { input })),
  }
}

const accountOf = ({ world }: Scene): { serviceAccount: string } => ({ serviceAccount: world.clouds.openai.prepared.serviceAccount })
/** Words of a call that ended before there was a report. */
async function refusal(leak: Beside, args: readonly string[], input: string): Promise<string> {
  const { code, stderr } = await leak.run(['incident', '--yes', '--confirm', 'prod', ...args], { input })
  expect(code).toBe(5)
  return stderr
}

describe.concurrent('the right key only', { timeout: 300_000 }, () => {
  it('two keys with the same redacted tail: neither dies, and the id is asked for', async (test) => {
    const leak = await scene(test)
    // as `redacted_value` shows them, the two are one
    const twin = leak.sandbox.addKey({ ...accountOf(leak), value: `${leak.leaked.slice(0, 20)}twin${leak.leaked.slice(24)}` })
    const { code, run, text } = await leak.incident(['--key-stdin'], { input: leak.leaked })
    expect(code, text).toBe(9)
    expect(run.code).toBe('KR_AMBIGUOUS_KEY')
    expect(run.hints.join(' ')).toMatch(/find its id/)
    expect(leak.dead()).toEqual([])
    expect(leak.world.held('dotenv')).not.toBe(leak.world.first)
    expect(twin.id).not.toBe('')
  })

  it('a value that only looks like a key of ours', async (test) => {
    const leak = await scene(test)
    const lookalike = `${leak.leaked.slice(0, 20)}else${leak.leaked.slice(24)}`
    expect(await refusal(leak, ['--key-stdin'], lookalike)).toMatch(/looks like it, which proves nothing[^]*name the credential/)
    expect(leak.dead()).toEqual([])
  })

  it('a key of another project, by value and by id', async (test) => {
    const leak = await scene(test)
    const other = leak.sandbox.addKey({ project: leak.sandbox.addProject('Other').id })
    expect(await refusal(leak, ['--key-stdin'], other.value)).toMatch(/no credential of this config has this value[^]*delete it where it was made/)
    const byId = await leak.incident(['--key-id', other.id])
    expect([byId.code, byId.run.code]).toEqual([5, 'KR_NOT_THE_KEY'])
    expect(byId.run.hints.join(' ')).toContain(`keyrot revoke prod --key-id ${other.id}`)
    const revoked = await leak.revoke(['--key-id', other.id, '--force'])
    expect([revoked.code, revoked.run.code]).toEqual([5, 'KR_NOT_THE_KEY'])
    expect(leak.dead()).toEqual([])
  })

  it('a key that two credentials share dies with the last that leaves it', async (test) => {
    const leak = await scene(test)
    await shareWith(leak, 'other')
    const first = await leak.incident()
    expect([first.code, first.run.code, first.run.next?.command]).toEqual([9, 'KR_LEAK_SHARED', 'keyrot incident other'])
    expect(leak.dead()).toEqual([])
    const both = await leak.run(['incident', '--key-stdin', '--yes', '--confirm', 'prod other', '--json'], { input: leak.leaked })
    expect(both.code, both.stdout + both.stderr).toBe(0)
    expect(leak.dead()).toEqual([leak.world.clouds.openai.prepared.keyId])
  })

  it('a key of another ns, and one in use, are not revoked by their id; a sibling on the account lives on', async (test) => {
    const leak = await scene(test)
    const foreign = leak.sandbox.addKey({ ...accountOf(leak), name: 'keyrot.otherone.prod.g1.a1' })
    const refused = await leak.revoke(['--key-id', foreign.id, '--force'])
    expect([refused.code, refused.run.code]).toEqual([5, 'KR_NOT_THE_KEY'])
    const inUse = await leak.revoke(['--key-stdin', '--force'], leak.leaked)
    expect([inUse.code, inUse.run.code]).toEqual([5, 'KR_KEY_IN_USE'])
    expect(inUse.run.hints.join(' ')).toContain('keyrot incident prod')
    expect(leak.dead()).toEqual([])
    const { code, text } = await leak.incident()
    expect(code, text).toBe(0)
    expect(leak.dead()).toEqual([leak.world.clouds.openai.prepared.keyId])
  })

  it('an unknown key, and one that is dead already', async (test) => {
    const leak = await scene(test)
    const gone = leak.sandbox.addKey(accountOf(leak))
    leak.sandbox.deleteKey(gone.id)
    leak.time.pass(1_000)
    expect(await refusal(leak, ['--key-stdin'], gone.value)).toMatch(/no credential of this config has this value/)
    const dead = await leak.incident(['--key-stdin'], { input: gone.value })
    expect([dead.code, dead.run.code]).toEqual([0, 'KR_LEAK_DEAD'])
    expect(leak.dead()).toEqual([gone.id])
    expect(leak.world.held('dotenv')).toBe(leak.world.first)
  })
})

/** Another credential whose file holds the same key. */
async function shareWith({ world, leaked }: Scene, name: string): Promise<void> {
  await writeFile(join(world.folder, `.env.${name}`), `OPENAI_API_KEY=${leaked}\n`, { mode: 0o600 })
  const path = join(world.folder, 'rotation.config.yaml')
  const config = await readFile(path, 'utf8')
  const target = `  ${name}: { type: dotenv, path: .env.${name}, consumers: reread }\n`
  await writeFile(path, `${config.replace('credentials:\n', `${target}credentials:\n`)}  ${name}: { provider: main, targets: [${name}] }\n`)
}
