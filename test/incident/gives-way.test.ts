/** A leak while a rotation is at work: its living holder is asked to stop, wherever the lock lies. In real time, as locks beat. */
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { keyrot } from '../cli/support/cli.ts'
import { makeCloudWorld } from '../cloud/world.ts'
import { wrongAtTheEnd } from './scene.ts'

/** A new key is not accepted for so long: the rotation stays at proving it. */
const SLOW = { createDelayMs: 60_000 }
const POLICY = '{ overlap: 0s, quiet: 0s, verifyWindow: 90s, listDelay: 1s, revoke: auto }'

describe.concurrent('a rotation at work gives way to an incident', { timeout: 120_000 }, () => {
  it.for([
    ['files', '', []],
    [
      'a cluster',
      'state: { type: kubernetes, namespace: default }\n',
      ['holds credential:prod: looking for up to 30 s whether it lives', 'asked the holder of credential:prod to stop'],
    ],
  ] as const)('its locks in %s', async ([, state, said], { onTestFinished }) => {
    const world = await makeCloudWorld({ kinds: ['kubernetes'], callsPerSecond: 0, policy: POLICY, openai: SLOW })
    onTestFinished(() => world.close())
    const { sandbox, prepared } = world.clouds.openai
    await appendFile(join(world.folder, 'rotation.config.yaml'), state)
    const how = { cwd: world.folder, env: world.env }
    const rotation = keyrot(['rotate', 'prod', '--yes'], how)
    await expect.poll(() => sandbox.state().keys.length, { timeout: 60_000 }).toBe(2)
    sandbox.tune({ createDelayMs: 0 })
    const incident = await keyrot(['incident', 'prod', '--yes', '--confirm', 'prod'], how)
    expect(incident.code, incident.stdout + incident.stderr).toBe(0)
    for (const words of said) expect(incident.stderr.split(words), incident.stderr).toHaveLength(2)
    const { code, stderr } = await rotation
    expect([code, /an incident asks for .*\nstopping at a safe point/.test(stderr)], stderr).toEqual([130, true])
    expect(await wrongAtTheEnd({ world, leaked: prepared.keyValue })).toEqual([])
  })
})
