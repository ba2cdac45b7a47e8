/** Answers that are none: somebody in between says 200 to everything, or a page of a list has lost what stood on it. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { connectVercel } from '../../../src/adapters/targets/vercel-target.ts'
import { vercel } from '../../../src/adapters/targets/vercel.ts'
import type { Target } from '../../../src/ports/target.ts'
import { fakeKey } from './fake-key.ts'
import { surroundings } from './vercel-harness.ts'

const B = fakeKey('b')
const MARKED = `[keyrot ${B.marker} 2026-11-20T10:00:00Z created]`
const ENTRY = { id: 'env1', key: 'OPENAI_API_KEY', type: 'encrypted', target: ['production'], comment: MARKED, updatedAt: 5, value: B.secret.reveal() }
const DEPLOYMENT = { uid: 'dpl_1', createdAt: 1, readyState: 'READY', target: 'production', aliasAssigned: 2 }

type Script = Readonly<Record<string, unknown>>

/** What a quiet project answers, by method and the end of the path. */
const USUAL: Script = {
  'GET env': { envs: [ENTRY] },
  'GET env1': ENTRY,
  'DELETE env1': ENTRY,
  'GET shop': { id: 'prj_1', name: 'shop', targets: { production: { id: 'dpl_1' } }, rollingRelease: {} },
  'GET deployments': { deployments: [DEPLOYMENT] },
  'GET aliases': { aliases: [] },
  'GET rolling-release': { rollingRelease: null },
}

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function target(script: Script): Promise<Target> {
  const opened = createServer((request, response) => {
    const said = { ...USUAL, ...script }[`${request.method} ${new URL(request.url ?? '', 'http://x').pathname.split('/').at(-1)}`]
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' }).end(typeof said === 'string' ? said : JSON.stringify(said))
  })
  server = opened
  await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(opened.address() as AddressInfo).port}`
  const settings = { project: 'shop', environments: ['production'], redeploy: 'deployment', token: 'env:TOKEN' }
  return connectVercel('web', vercel.schema.parse(settings), surroundings({ url, token: 'a-token-of-a-test' }))
}

const LOGIN = '<html>please log in</html>'
const kindOf = async (act: Promise<unknown> | undefined): Promise<unknown> =>
  act?.then(
    () => 'done',
    (error: { readonly kind?: unknown }) => error.kind,
  )

describe('an answer that is none', () => {
  it.each([[LOGIN], ['{}'], ['[]'], ['{"error":{"code":"forbidden"}}']])('to a deletion: %s', async (body) => {
    expect(await kindOf((await target({ 'DELETE env1': body })).write({ current: null }, null))).toBe('ambiguous')
  })

  it.each([ENTRY, [ENTRY]])('is told from one: %#', async (body) => {
    expect(await kindOf((await target({ 'DELETE env1': body })).write({ current: null }, null))).toBe('done')
  })

  it('about a rolling release does not say that there is none', async () => {
    expect(await kindOf((await target({ 'GET rolling-release': { error: {} } })).stragglers?.())).toBe('unavailable')
    expect(await kindOf((await target({})).stragglers?.())).toBe('done')
  })
})

describe('an empty page that promises more', () => {
  it('of variables is no page', async () => {
    expect(await kindOf((await target({ 'GET env': { envs: [], pagination: { next: 7 } } })).observe())).toBe('unavailable')
  })

  it('of deployments is no page', async () => {
    expect(await kindOf((await target({ 'GET deployments': { deployments: [], pagination: { next: 7 } } })).leftovers?.())).toBe('unavailable')
  })
})
