/** Signals: stop at a safe point with the shell's code, lose nothing, go on afterwards. No assertion here is about time. */
import { readdir } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { KEY_LIKE, keyrot, makeProject, rotateToTheEnd, type Project } from './support/cli.ts'

let made: Project | null = null

afterEach(async () => {
  await made?.close()
  made = null
})

const policy = ['policy: { overlap: 1s, quiet: 1s, verifyWindow: 20s, listDelay: 3s, revoke: auto }']

describe('a signal during a wait', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends with %d and says how to go on', async (signal, code) => {
    made = await makeProject({ policy })
    let sent = false
    const ran = await keyrot(['rotate', 'prod', '--yes'], {
      cwd: made.folder,
      env: made.env,
      onStderr: (text, child) => {
        if (sent || !text.includes('mint: waits')) return
        sent = true
        child.kill(signal)
      },
    })
    expect(ran.code).toBe(code)
    expect(ran.stderr).toContain('stopping at a safe point')
    expect(ran.stdout).toMatch(/keyrot (?:resume|rotate)/)
    expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
    expect((await rotateToTheEnd(made)).codes.at(-1)).toBe(0)
  })

  it('stops although the provider never answers, and the second signal stops at once', async () => {
    made = await makeProject({ policy })
    made.cloud.sandbox.fault({ kind: 'never-answers', times: -1 })
    let sent = 0
    const ran = await keyrot(['rotate', 'prod', '--yes'], {
      cwd: made.folder,
      env: made.env,
      onStart: (child) => {
        const timer = setInterval(() => {
          if ((made?.cloud.sandbox.log.length ?? 0) === 0) return
          clearInterval(timer)
          sent++
          child.kill('SIGINT')
        }, 50)
      },
      onStderr: (text, child) => {
        if (sent !== 1 || !text.includes('stopping')) return
        sent++
        child.kill('SIGINT')
      },
    })
    expect(ran.code).toBe(130)
    expect(ran.stderr).toContain('stopped at once; nothing is lost, and the same command goes on')
    expect(sent).toBe(2)
  })

  it('the first signal alone is enough against a provider that never answers', async () => {
    made = await makeProject({ policy })
    made.cloud.sandbox.fault({ kind: 'never-answers', times: -1 })
    const ran = await keyrot(['rotate', 'prod', '--yes'], {
      cwd: made.folder,
      env: made.env,
      onStart: (child) => {
        const timer = setInterval(() => {
          if ((made?.cloud.sandbox.log.length ?? 0) === 0) return
          clearInterval(timer)
          child.kill('SIGINT')
        }, 50)
      },
    })
    expect(ran.code).toBe(130)
  })
})

describe('the demo', () => {
  it('rotates, exits 0 and leaves nothing behind', { timeout: 240_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyrot-demo-test-'))
    const ran = await keyrot(['demo'], { cwd: folder, env: { TMPDIR: folder, XDG_CACHE_HOME: join(folder, 'cache') } })
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('before:')
    expect(ran.stdout).toContain('after:')
    expect(ran.stdout + ran.stderr).not.toMatch(KEY_LIKE)
    expect(await readdir(folder)).toEqual(['cache'])
    await rm(folder, { recursive: true })
  })

  it('leaves nothing behind when it is interrupted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyrot-demo-test-'))
    let sent = false
    const ran = await keyrot(['demo'], {
      cwd: folder,
      env: { TMPDIR: folder, XDG_CACHE_HOME: join(folder, 'cache') },
      onStderr: (text, child) => {
        if (sent || !text.includes('rotation begins')) return
        sent = true
        child.kill('SIGINT')
      },
    })
    expect(ran.code).toBe(130)
    expect(await readdir(folder)).toEqual(['cache'])
    await rm(folder, { recursive: true })
  })
})
