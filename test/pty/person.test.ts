/** The path of a person at a terminal of 80 columns: everything they see is in transcripts/, to be read and compared. */
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type ExpectStatic } from 'vitest'
import { makeProject, type Project } from '../cli/support/cli.ts'
import { KEYS, PYTHON, visit, type Ended, type Visit } from './terminal.ts'
import { readable } from './transcript.ts'

interface Desk {
  readonly project: Project
  /** Starts a command. */
  readonly go: (...args: string[]) => Visit
  /** Starts a command that asks nothing, and waits for its end. */
  readonly run: (...args: string[]) => Promise<void>
  /** Waits for the end of a command and keeps its transcript. */
  readonly done: (visit: Visit, code: number) => Promise<Ended>
}

const LONG = { timeout: 180_000 }

/** A person at a desk; afterwards what they saw is compared with the transcript of this name, and searched for keys. */
async function at(
  transcript: string,
  overlap: string,
  expect: ExpectStatic,
  act: (desk: Desk) => Promise<void>,
  env: Record<string, string> = { NO_COLOR: '1' },
) {
  const project = await makeProject({ policy: [`policy: { overlap: ${overlap}, quiet: 1s, verifyWindow: 20s, listDelay: 1s }`] })
  const visits: Ended[] = []
  const go = (...args: string[]): Visit => visit(args, { cwd: project.folder, env: { ...project.env, ...env } })
  const done = async (going: Visit, code: number): Promise<Ended> => {
    const ended = await going.end()
    visits.push(ended)
    expect(ended.code, ended.transcript.join('\n')).toBe(code)
    return ended
  }
  try {
    await act({ project, go, done, run: async (...args) => void (await done(go(...args), 0)) })
    for (const { raw, screen, transcript: lines } of visits) {
      expect(raw + lines.join('')).not.toMatch(/sk-[\w-]{8}|T3BlbkFJ/)
      expect(screen.broken, 'lines broken at the edge of the terminal').toBe(0)
      expect(screen.cursorHidden).toBe(false)
      // oxlint-disable-next-line no-control-regex -- colour is what is looked for
      if (env['NO_COLOR'] !== undefined) expect(raw).not.toMatch(/\u001b\[[\d;]*m/)
    }
    await expect(readable(visits)).toMatchFileSnapshot(join('transcripts', `${transcript}.txt`))
  } finally {
    await project.close().catch(() => undefined)
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The id of the one run on record. */
async function onlyRun({ folder }: Project): Promise<string> {
  const files = await readdir(join(folder, '.keyrot', 'credentials', 'prod'))
  return files.flatMap((file) => (file.endsWith('.jsonl') ? [file.slice(0, -'.jsonl'.length)] : [])).join(' ')
}

async function edit({ folder }: Project, from: string, to: string): Promise<void> {
  const path = join(folder, 'rotation.config.yaml')
  const text = await readFile(path, 'utf8')
  if (!text.includes(from)) throw new Error(`the config does not say ${from}`)
  await writeFile(path, text.replace(from, to))
}

describe.skipIf(PYTHON === null)('a person at a terminal (needs python3)', () => {
  it.concurrent('init, plan, rotate, revoke after the overlap, status', LONG, ({ expect }) =>
    at('after-overlap', '2s', expect, async ({ project, go, done, run }) => {
      const policy = await readFile(join(project.folder, 'rotation.config.yaml'), 'utf8').then((text) => /^policy:.*$/m.exec(text)?.[0] ?? '')
      const init = go('init', '--config', 'keyrot.yaml')
      await init.answer('name of the credential', `\u0015prod${KEYS.enter}`, 'prod')
      await init.answer('project id', project.cloud.prepared.project + KEYS.enter, 'the id')
      await init.answer('where is the admin key', KEYS.enter, 'Enter')
      await init.answer('service account', project.cloud.prepared.serviceAccount + KEYS.enter, 'the id')
      await init.answer('what new keys may do', KEYS.enter, 'Enter')
      await init.answer('where is the key kept', KEYS.enter, 'Enter')
      await init.answer('how do programs', KEYS.down + KEYS.enter, 'Down, Enter')
      await done(init, 0)
      const written = await readFile(join(project.folder, 'keyrot.yaml'), 'utf8')
      await writeFile(join(project.folder, 'rotation.config.yaml'), written.replace('# policy:', policy))
      await run('permissions')
      await run('plan')
      const rotate = go('rotate')
      await rotate.answer('rotate prod now?', `y${KEYS.enter}`, 'y')
      await rotate.answer('the old key of prod', KEYS.enter, 'Enter')
      await done(rotate, 10)
      await wait(4_000)
      await run('rotate')
      // What it says differs from run to run; that it fits does not.
      const timeline = await go('runs', await onlyRun(project)).end()
      expect(timeline.transcript.join('\n')).toMatch(/^\d{4}-\d\d-\d\d, UTC\n\d\d:\d\d:\d\d prod {2}rotation begins/m)
      expect(timeline.screen.broken).toBe(0)
      await run('status')
      expect(project.cloud.sandbox.key(project.cloud.prepared.keyId).alive).toBe(false)
    }),
  )

  it.concurrent.for([{ NO_COLOR: '1' }, { COLORTERM: 'truecolor' }])('rotate, revoke now, status, in and without colour (%j)', LONG, (env, { expect }) =>
    at(
      'now',
      '1h',
      expect,
      async ({ project, go, done, run }) => {
        const rotate = go('rotate', 'prod')
        await rotate.answer('rotate prod now?', `y${KEYS.enter}`, 'y')
        await rotate.answer('the old key of prod', KEYS.up + KEYS.enter, 'Up, Enter')
        await done(rotate, 0)
        await run('status')
        expect(project.cloud.sandbox.key(project.cloud.prepared.keyId).alive).toBe(false)
      },
      env as Record<string, string>,
    ),
  )

  it.concurrent('rotate, leave alive, status, and revoke later', LONG, ({ expect }) =>
    at('leave-alive', '2s', expect, async ({ project, go, done, run }) => {
      const rotate = go('rotate', '--yes')
      await rotate.answer('the old key of prod', KEYS.down + KEYS.enter, 'Down, Enter')
      await done(rotate, 0)
      expect(project.cloud.sandbox.key(project.cloud.prepared.keyId).alive).toBe(true)
      await done(go('status'), 4)
      const no = go('revoke', 'prod')
      await no.answer('revoke the old key of prod?', KEYS.enter, 'Enter')
      await done(no, 5)
      expect(project.cloud.sandbox.key(project.cloud.prepared.keyId).alive).toBe(true)
      await wait(3_000)
      const yes = go('revoke', 'prod')
      await yes.answer('revoke the old key of prod?', `y${KEYS.enter}`, 'y')
      await done(yes, 0)
      await run('status')
      expect(project.cloud.sandbox.key(project.cloud.prepared.keyId).alive).toBe(false)
    }),
  )

  it.concurrent('rotate, think again, rollback, status', LONG, ({ expect }) =>
    at('rollback', '1h', expect, async ({ project, go, done, run }) => {
      const before = await project.read('.env')
      const rotate = go('rotate', '--yes')
      await rotate.answer('the old key of prod', KEYS.enter, 'Enter')
      await done(rotate, 10)
      const back = go('rollback', 'prod')
      await back.answer('the new key of prod', KEYS.up + KEYS.enter, 'Up, Enter')
      await done(back, 0)
      await run('status')
      expect(await project.read('.env')).toBe(before)
      expect(project.cloud.sandbox.state().keys.filter((key) => key.alive)).toHaveLength(1)
    }),
  )

  it.concurrent('without an admin key: paste, say that the old key is idle, revoke by hand, see it refused', LONG, ({ expect }) =>
    at('by-hand', '1s', expect, async ({ project, go, done, run }) => {
      await edit(project, ", adminKey: 'env:OPENAI_ADMIN_KEY'", '')
      await run('check')
      const rotate = go('rotate')
      await rotate.answer('rotate prod now?', `y${KEYS.enter}`, 'y')
      await rotate.see('paste the new key')
      rotate.type(project.cloud.sandbox.addKey({ name: 'made by hand' }).value + KEYS.enter, 'the new key, Enter')
      await rotate.answer('the old key of prod', KEYS.enter, 'Enter')
      await done(rotate, 10)
      await wait(3_000)
      const again = go('rotate')
      await again.answer('when the old key was last used', `y${KEYS.enter}`, 'y')
      await again.answer('revoke the old key of prod at', `y${KEYS.enter}`, 'y')
      await wait(2_000)
      project.cloud.sandbox.deleteKey(project.cloud.prepared.keyId)
      await done(again, 0)
      await run('status')
    }),
  )

  it.concurrent('an incident: the leaked key pasted unseen, the name typed, the key seen refused', LONG, ({ expect }) =>
    at('incident', '1h', expect, async ({ project, go, done }) => {
      const { keyId, keyValue } = project.cloud.prepared
      const unsure = go('incident', '--key-stdin')
      await unsure.see('paste the leaked key')
      unsure.type(keyValue + KEYS.enter, 'the leaked key, Enter')
      await unsure.answer('type prod to go ahead', `no${KEYS.enter}`, 'no')
      await done(unsure, 5)
      expect(project.cloud.sandbox.key(keyId).alive).toBe(true)
      const sure = go('incident', 'prod')
      await sure.answer('type prod to go ahead', `prod${KEYS.enter}`, 'prod')
      await done(sure, 0)
      expect(project.cloud.sandbox.key(keyId).alive).toBe(false)
    }),
  )

  it.concurrent('an incident without an admin key: the new key is asked for first, the deletion last', LONG, ({ expect }) =>
    at('incident-by-hand', '1h', expect, async ({ project, go, done }) => {
      await edit(project, ", adminKey: 'env:OPENAI_ADMIN_KEY'", '')
      const incident = go('incident', 'prod')
      await incident.answer('type prod to go ahead', `prod${KEYS.enter}`, 'prod')
      await incident.see('paste the new key')
      incident.type(project.cloud.sandbox.addKey({ name: 'made by hand' }).value + KEYS.enter, 'the new key, Enter')
      await incident.see('done?')
      project.cloud.sandbox.deleteKey(project.cloud.prepared.keyId)
      incident.type(`y${KEYS.enter}`, 'y')
      await done(incident, 0)
    }),
  )

  it.concurrent('Ctrl-C says how to go on, wherever it comes, and resume goes on', LONG, ({ expect }) =>
    at('ctrl-c', '1h', expect, async ({ project, go, done }) => {
      await edit(project, 'listDelay: 1s', 'listDelay: 4s')
      const asked = go('rotate')
      await asked.answer('rotate prod now?', KEYS.interrupt, 'Ctrl-C')
      await done(asked, 130)
      const busy = go('rotate', '--yes')
      await busy.see('sure to be fresh', 'moving')
      busy.type(KEYS.interrupt, 'Ctrl-C')
      await done(busy, 130)
      const resumed = go('resume')
      await resumed.answer('the old key of prod', KEYS.interrupt, 'Ctrl-C')
      await done(resumed, 130)
      const left = go('resume')
      await left.answer('the old key of prod', KEYS.end, 'Ctrl-D')
      await done(left, 130)
      const last = go('resume')
      await last.answer('the old key of prod', KEYS.enter, 'Enter')
      await done(last, 10)
      expect(await project.read('.env')).toMatch(/^OPENAI_API_KEY_FALLBACK=/m)
    }),
  )
})
