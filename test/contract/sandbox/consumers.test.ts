/** The consumers of a sandbox call with the key that their source has now, also where the answers come slower than they would call. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Consumers } from '../../../src/sandbox/consumers/consumers.ts'

const ANSWER_MS = 300

it('no call waits in line with a key that is out of use', async ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), 'keyrot-consumers-'))
  const path = join(folder, '.env')
  const came: string[] = []
  const server = createServer((request, response) => {
    came.push(request.headers.authorization ?? '')
    setTimeout(() => response.end(), ANSWER_MS)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const consumers = new Consumers(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 200)
  onTestFinished(async () => {
    await consumers.close()
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })
  const switchTo = (key: string): void => writeFileSync(path, `KEY=${key}\n`)
  switchTo('old')
  await consumers.start({ name: 'slowly answered', source: { kind: 'file', path, name: 'KEY', everyMs: 20 }, env: {} })
  await pause(4 * ANSWER_MS)
  const before = came.length
  switchTo('new')
  await expect.poll(() => came.filter((key) => key === 'Bearer new').length, { timeout: 60_000 }).toBeGreaterThan(20)
  // in one line there would be hundreds of them by now
  expect(came.slice(before).filter((key) => key === 'Bearer old').length).toBeLessThanOrEqual(16)
})
