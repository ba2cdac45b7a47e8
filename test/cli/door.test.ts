/** The door: what is refused, answered or said before a command begins. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// @ts-expect-error plain JavaScript: it must run on any Node
import { supportsNode } from '../../bin/supported-node.js'
import { BIN, CONTROL, keyrot } from './support/cli.ts'

const FAKE = ['sk', '-proj-', 'Ab1'.repeat(24), 'T3Blbk', 'FJ', 'Cd2'.repeat(24)].join('')
/** As the build found them; those that completion needs are not ours to word. */
const { commands } = JSON.parse(readFileSync(join(BIN, '../../oclif.manifest.json'), 'utf8')) as { commands: Record<string, { summary?: string }> }
const COMMANDS = Object.keys(commands)
  .filter((id) => !id.startsWith('autocomplete'))
  .map((id) => id.replaceAll(':', ' '))

let empty: string

beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'keyrot-door-'))
})

afterAll(() => rm(empty, { recursive: true, force: true }))

describe('the Node version', () => {
  const range = '^22.22.2 || ^24.15.0 || >=26'
  const fits = supportsNode as (range: string, version: string) => boolean

  it.each(['v22.22.2', 'v22.30.0', 'v24.15.0', 'v24.21.0', 'v26.0.0', 'v27.1.3'])('lets %s in', (version) => expect(fits(range, version)).toBe(true))
  it.each(['v12.0.0', 'v20.20.2', 'v22.22.1', 'v23.11.0', 'v24.14.9', 'v25.9.0'])('turns %s away', (version) => expect(fits(range, version)).toBe(false))
})

describe('version and help', () => {
  it('answers --version with one line', async () => {
    const ran = await keyrot(['--version'])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toMatch(/^keyrot \d+\.\d+\.\d+\n$/)
  })

  it('lists every command', async () => {
    const ran = await keyrot(['--help'])
    expect(ran.code).toBe(0)
    for (const command of COMMANDS) expect(ran.stdout).toMatch(new RegExp(`^  ${command.split(' ')[0] ?? ''} `, 'm'))
    expect(ran.stdout).not.toMatch(CONTROL)
    for (const line of ran.stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  })

  it.each(COMMANDS)('explains %s', async (command) => {
    const ran = await keyrot([...command.split(' '), '--help'])
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain('USAGE')
    expect(ran.stdout).toContain('--json')
    // Said once, fits 80 columns, and every example shows the prompt it is typed at.
    const { summary = '' } = commands[command.replaceAll(' ', ':')] ?? {}
    expect(ran.stdout.split(summary)).toHaveLength(2)
    for (const line of ran.stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    const examples = ran.stdout.split('EXAMPLES\n')[1]?.split(/^[A-Z]/m)[0] ?? ''
    for (const line of examples.split('\n')) if (line !== '') expect(line).toMatch(/^ {2}\$ /)
  })
})

describe('dangerous surroundings', () => {
  it('refuses NODE_DEBUG, which prints request headers', async () => {
    const ran = await keyrot(['status'], { env: { NODE_DEBUG: 'http,net' } })
    expect(ran.code).toBe(5)
    expect(ran.stderr).toContain('NODE_DEBUG')
  })

  it('refuses to talk to anybody when certificates are not checked', async () => {
    const ran = await keyrot(['status'], { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
    expect(ran.code).toBe(5)
    expect(ran.stderr).toContain('NODE_TLS_REJECT_UNAUTHORIZED')
  })

  it('says nothing more under DEBUG, OPENAI_LOG and CLI_FLAGS_DEBUG', async () => {
    const plain = await keyrot(['check'], { cwd: empty })
    const noisy = await keyrot(['check'], { cwd: empty, env: { DEBUG: '*', OPENAI_LOG: 'debug', CLI_FLAGS_DEBUG: '1' } })
    expect(noisy).toEqual(plain)
  })
})

describe('command lines that cannot be meant', () => {
  it.each([
    [['rotat'], 'did you mean: keyrot rotate'],
    [['status', '--jsn'], 'there is no flag --jsn\nhint: did you mean: --json\nhint: see: keyrot status --help'],
    [['status', 'one'], 'an argument too many'],
    [['revoke'], 'an argument is missing: NAME'],
    [['schedule'], 'an argument is missing: PLATFORM\nhint: see: keyrot schedule --help'],
    [['schedule', 'jenkins'], 'PLATFORM is one of: github, gitlab, kubernetes, cron'],
    [['rotate', '--until', 'lunch'], '--until is one of: drain'],
    [['hook', 'instal'], 'did you mean: keyrot hook install'],
    [['status', '--fail-on', 'nothing'], '--fail-on takes a severity'],
  ])('%j: usage, exit 2', async (args, words) => {
    const ran = await keyrot(args, { cwd: empty })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain(words)
    expect(ran.stdout).toBe('')
  })

  it('answers in one form when two are asked for', async () => {
    const ran = await keyrot(['rotate', '--json', '--events'], { cwd: empty })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('exclude each other')
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'KR_USAGE' } })
  })

  it.each([
    [[FAKE]],
    [['rotate', FAKE]],
    [['status', FAKE]],
    [['status', `--config=${FAKE}`]],
    [['status', `--${FAKE}`]],
    [['revoke', 'x', '--confirm', FAKE]],
    [['init', '--admin-key', FAKE]],
  ])('never repeats a key that was typed by mistake (%#)', async (args) => {
    const ran = await keyrot(args, { cwd: empty })
    expect([2, 3, 5]).toContain(ran.code)
    expect(ran.stdout + ran.stderr).not.toContain(FAKE.slice(0, 20))
  })
})

describe('no config, or a wrong one', () => {
  it('says what to do without a config, exit 3', async () => {
    const ran = await keyrot(['status'], { cwd: empty })
    expect(ran.code).toBe(3)
    expect(ran.stderr).toBe(
      'keyrot: the config "rotation.config.yaml" has 1 problem\nrotation.config.yaml:1:1: there is no config here (run keyrot init to write one, or name it with --config) [KR_CONFIG_UNREADABLE]\n',
    )
  })

  it('lists every problem at once, each at the start of its line', async () => {
    await writeFile(join(empty, 'wrong.yaml'), 'version: 2\nns: short\nprovider: {}\n')
    const ran = await keyrot(['check', '--config', 'wrong.yaml'], { cwd: empty })
    expect(ran.code).toBe(3)
    expect(ran.stderr.match(/^wrong\.yaml:\d+:\d+: /gm)?.length).toBeGreaterThanOrEqual(3)
  })

  it('gives the same as JSON', async () => {
    const ran = await keyrot(['status'], { cwd: empty, env: { KEYROT_JSON: '1' } })
    expect(ran.code).toBe(3)
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'KR_CONFIG_INVALID', kind: 'config', exit: 3 } })
  })

  it('never shows a foreign stack, only own frames and only when asked', async () => {
    const quiet = await keyrot(['status'], { cwd: empty })
    const verbose = await keyrot(['status', '--verbose'], { cwd: empty })
    expect(quiet.stderr).not.toMatch(/^ {2}at /m)
    const frames = verbose.stderr.split('\n').filter((line) => line.startsWith('  at '))
    expect(frames.length).toBeGreaterThan(0)
    for (const frame of frames) expect(frame).toMatch(/^ {2}at [\w$.<> [\]#]+ dist\/[\w./-]+:\d+:\d+$/)
  })
})
