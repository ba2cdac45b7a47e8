/** Before a scan that finds nothing means anything: a deliberate leak, in each channel and each encoding, is found. */
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process, { stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKeyValue } from '../../src/sandbox/openai/keys.ts'
import { ENCODINGS } from './encodings.ts'
import { makeObserver } from './observer.ts'
import { makeScanner, scanFolder } from './scanner.ts'

const LEAKER = fileURLToPath(new URL('leaker.mjs', import.meta.url))
const KEY = newKeyValue('svcacct')
const AROUND = (key: string): string => `{"level":"debug","authorization":"Bearer ${key}","next":"x"}`

let folder = ''
let planted = 0
let observer: ReturnType<typeof makeObserver>
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyrot-leak-'))
  observer = makeObserver(join(folder, 'observer'))
})
afterAll(() => {
  rmSync(folder, { recursive: true })
  stdout.write(`leak: ${planted} deliberate leaks (channel × encoding), each found where it was planted and nowhere else\n`)
})

/** The encodings in which the leak was found, by channel. */
async function leak(channel: string, bytes: Buffer, scan: ReturnType<typeof makeScanner>): Promise<Record<string, readonly string[]>> {
  const place = join(folder, 'place')
  mkdirSync(place)
  const seen = await observer.observe([process.execPath, LEAKER, channel], { cwd: place, env: { HOME: place }, input: bytes })
  const names = (found: readonly { encoding: string }[]): readonly string[] => [...new Set(found.map(({ encoding }) => encoding))]
  const found = {
    stdout: names(scan(seen.stdout)),
    stderr: names(scan(seen.stderr)),
    argv: names(scan(seen.argv)),
    'child env': names(scan(seen.childEnv)),
    file: names(scanFolder(place, scan, () => false)),
  }
  rmSync(place, { recursive: true })
  return found
}

describe.each(['stdout', 'stderr', 'file', 'argv', 'child env'])('a leak through %s', (channel) => {
  const carried = ENCODINGS.filter((encoding) => !encoding.binary || ['stdout', 'stderr', 'file'].includes(channel))

  it.each(carried.map((encoding) => [encoding.name, encoding] as const))('is found as %s, and in no other channel', async (name, encoding) => {
    const { [channel]: here, ...elsewhere } = await leak(channel, encoding.put(AROUND(KEY)), makeScanner({ KEY }))
    planted += 1
    if (encoding.name.startsWith('gzip')) expect(here).not.toEqual([])
    else expect(here).toContain(name)
    expect(Object.values(elsewhere).flat()).toEqual([])
  })
})

describe('the scanner', () => {
  it('finds a key that it does not know, and parts of one that it knows, in every encoding', () => {
    for (const encoding of ENCODINGS) {
      expect(makeScanner()(encoding.put(AROUND(KEY))), encoding.name).not.toEqual([])
      for (const part of [KEY.slice(0, 50), KEY.slice(-40), KEY.slice(20, 70)])
        expect(
          makeScanner({ KEY })(encoding.put(part)).map((sighting) => sighting.key),
          encoding.name,
        ).toContain('KEY')
    }
  })

  it('finds a key that a narrow terminal or a mail has broken into lines', () => {
    const wrap = (text: string): string => text.replaceAll(/.{11}/g, '$&\r\n')
    expect(makeScanner({ KEY })(wrap(KEY))).not.toEqual([])
    expect(makeScanner({ KEY })(wrap(Buffer.from(KEY).toString('base64')))).not.toEqual([])
  })

  it('lets pass what may be shown: redacted forms, fingerprints, other keys that are not keys', () => {
    const shown = [`${KEY.slice(0, 6)}...${KEY.slice(-4)}`, `${KEY.slice(0, 8)}${'*'.repeat(150)}${KEY.slice(-4)}`, 'env:OPENAI_ADMIN_KEY', 'caf1ee1e84ab']
    expect(makeScanner({ KEY })(shown.join('\n'))).toEqual([])
  })

  it.skipIf(process.platform !== 'linux').each(['argv', 'env'])('sees %s of a child that is not git', async (what) => {
    const found = await leak(`${what} of any child`, Buffer.from(KEY), makeScanner({ KEY }))
    expect(found[what === 'argv' ? 'argv' : 'child env']).toContain('raw')
  })
})
