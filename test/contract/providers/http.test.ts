/** Outbound HTTP against servers of our own: the guard, the deadline, the cap, the proxy, and what a lost answer is called. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { guardEndpoint } from '../../../src/adapters/endpoint.ts'
import { retryAfter } from '../../../src/adapters/http/answer.ts'
import { openHttp, type HttpParts } from '../../../src/adapters/http/http.ts'
import { gateOf } from '../../../src/engine/turns.ts'
import type { Turn } from '../../../src/ports/system.ts'

const open: (Server | TcpServer)[] = []
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
  }
})

async function listening<S extends Server | TcpServer>(server: S): Promise<{ server: S; port: number }> {
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

async function serve(handle: RequestListener): Promise<string> {
  return `http://127.0.0.1:${(await listening(createServer(handle))).port}/`
}

function client(parts: Partial<HttpParts> = {}): typeof fetch {
  return openHttp({ env: () => undefined, signal: new AbortController().signal, ...parts }).fetch(() => ({ authorization: 'Bearer ours' }))
}

describe('the endpoint guard', () => {
  const own = 'https://api.example.com/v1'

  it.each([
    ['the default', own],
    ['another path of the default', 'https://api.example.com/v2'],
    ['loopback', 'http://127.0.0.1:8080/v1'],
    ['loopback by name', 'http://localhost:1/v1'],
    ['loopback, version 6', 'http://[::1]:1/v1'],
    ['loopback written otherwise', 'http://127.1/v1'],
    ['a host allowed by name', 'https://gateway.corp/v1'],
    ['a host allowed with its port', 'https://other.corp:8443/v1'],
  ])('lets %s through', (_, given) => {
    expect(guardEndpoint(given, own, ['gateway.corp', 'other.corp:8443']).href).toContain('/v')
  })

  it.each([
    ['another host', 'https://elsewhere.example/v1', 'KR_HOST_NOT_ALLOWED'],
    ['the default on another port', 'https://api.example.com:444/v1', 'KR_HOST_NOT_ALLOWED'],
    ['a look-alike', 'https://api.example.com.evil.example/v1', 'KR_HOST_NOT_ALLOWED'],
    ['a name that begins like loopback', 'https://127.0.0.1.evil.example/', 'KR_HOST_NOT_ALLOWED'],
    ['an allowed host on another port', 'https://other.corp/v1', 'KR_HOST_NOT_ALLOWED'],
    ['plain http', 'http://api.example.com/v1', 'KR_ENDPOINT_PLAIN'],
    ['plain http to an allowed host', 'http://gateway.corp/v1', 'KR_ENDPOINT_PLAIN'],
    ['a password', 'https://me:hunter2@api.example.com/v1', 'KR_ENDPOINT_INVALID'],
    ['a query', 'https://api.example.com/v1?key=hunter2', 'KR_ENDPOINT_INVALID'],
    ['a file', 'file:///etc/passwd', 'KR_ENDPOINT_INVALID'],
    ['no address', 'hunter2', 'KR_ENDPOINT_INVALID'],
  ])('refuses %s without quoting it', (_, given, code) => {
    expect(() => guardEndpoint(given, own, ['gateway.corp', 'other.corp:8443'])).toThrow(
      expect.objectContaining({ code, message: expect.not.stringContaining('hunter2') }),
    )
  })
})

describe('outbound http', () => {
  it('hands over status, text and the headers it knows, and sends its own authorization over any other', async () => {
    const seen: unknown[] = []
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization, request.headers.cookie, request.headers['x-stainless-os'])
      response.writeHead(418, { 'x-request-id': 'req_1', 'set-cookie': 'a=b', 'x-should-retry': 'true' }).end('tea')
    })
    const response = await client()(url, { headers: { authorization: 'Bearer theirs', cookie: 'a=b', 'x-stainless-os': 'Linux' } })
    expect([response.status, await response.text(), [...response.headers.keys()]]).toEqual([418, 'tea', ['date', 'x-request-id']])
    expect(seen).toEqual(['Bearer ours', undefined, undefined])
  })

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('unpacks %s, up to the cap', async (encoding, pack) => {
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(pack(Buffer.alloc(request.url === '/big' ? 2_000 : 1_000, 'a')))
    })
    expect(await (await client({ maxBytes: 1_000 })(url)).text()).toHaveLength(1_000)
    await expect(client({ maxBytes: 1_000 })(`${url}big`)).rejects.toMatchObject({ code: 'KR_HTTP_TOO_LARGE' })
  })

  it('has so many exchanges on the wire as there are turns', async () => {
    const held: ServerResponse[] = []
    let most = 0
    const url = await serve((_, response) => {
      most = Math.max(most, held.push(response))
      // Every third waits a while for a fourth, which must not come.
      if (held.length === 3) setTimeout(() => held.splice(0).forEach((each) => each.end()), 20)
    })
    const fetch = client({ turn: gateOf(3) })
    const answers = await Promise.all(Array.from({ length: 12 }, () => fetch(url)))
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200))
    expect(most).toBe(3)
  })

  it('does not count the wait for a turn against the deadline', async () => {
    const url = await serve((_, response) => response.end('late, but in time'))
    const turn: Turn = async (work) => {
      await pause(900)
      return work()
    }
    expect(await (await client({ turn, deadlineMs: 600 })(url)).text()).toBe('late, but in time')
  })

  it('stops reading an endless answer', async () => {
    let sent = 0
    const url = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    await expect(client({ maxBytes: 100_000 })(url)).rejects.toMatchObject({ code: 'KR_HTTP_TOO_LARGE', kind: 'unavailable' })
    expect(sent).toBeLessThan(50_000_000)
  })

  it.each([
    ['a packing nobody asked for', { 'content-encoding': 'zstd' }],
    ['a packing that is none', { 'content-encoding': 'gzip' }],
  ])('refuses %s', async (_, headers) => {
    const url = await serve((__, response) => response.writeHead(200, headers).end('not packed'))
    await expect(client()(url)).rejects.toMatchObject({ code: 'KR_HTTP_MALFORMED' })
  })

  it('asks nothing more over a connection that brought an odd answer', async () => {
    const ports: (number | undefined)[] = []
    const url = await serve((request, response) => {
      ports.push(request.socket.remotePort)
      response.writeHead(200, request.url === '/odd' ? { 'content-encoding': 'zstd' } : {}).end('some text')
    })
    const fetch = client()
    for (const path of ['', '', 'odd', '']) await fetch(url + path).catch(() => undefined)
    const [first, second, odd, after] = ports
    expect([second, odd, after === odd]).toEqual([first, first, false])
  })

  it.each([
    'not http at all',
    'HTTP/1.1 999 odd\r\ncontent-length: 0\r\n\r\n',
    `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(70_000)}\r\n\r\n`,
    'HTTP/1.1 200 OK\r\nx: \u0001\r\n\r\n',
  ])('survives %#', async (text) => {
    const { port } = await listening(createTcpServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(text))))
    const failed = client()(`http://127.0.0.1:${port}/`)
    await expect(failed).rejects.toMatchObject({ name: 'KeyrotError', kind: 'unavailable' })
  })

  it('gives up at the deadline, also in the middle of an answer', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/drip') response.writeHead(200).write('a')
    })
    await expect(client({ deadlineMs: 150 })(url)).rejects.toMatchObject({ code: 'KR_HTTP_TIMEOUT', kind: 'unavailable' })
    await expect(client({ deadlineMs: 150 })(`${url}drip`)).rejects.toMatchObject({ code: 'KR_HTTP_TIMEOUT' })
    await expect(client({ deadlineMs: 150 })(url, { method: 'DELETE' })).rejects.toMatchObject({ kind: 'ambiguous' })
  })

  it('stops when told to: interrupted, and ambiguous for a change that may have arrived', async () => {
    const stop = new AbortController()
    let waiting = 0
    const url = await serve(() => {
      waiting += 1
      if (waiting === 2) stop.abort()
    })
    const asked = client({ signal: stop.signal })
    const [read, change] = await Promise.allSettled([asked(url), asked(url, { method: 'POST', body: '{}' })])
    expect(read).toMatchObject({ reason: { kind: 'interrupted' } })
    expect(change).toMatchObject({ reason: { kind: 'ambiguous' } })
    await expect(asked(url, { method: 'POST', body: '{}' })).rejects.toMatchObject({ kind: 'interrupted' })
  })

  it('never sends a change on a connection that was used before', async () => {
    const ports: (number | undefined)[] = []
    const url = await serve((request, response) => {
      ports.push(request.socket.remotePort)
      response.end('ok')
    })
    const asked = client()
    for (const method of ['GET', 'GET', 'POST', 'GET']) await (await asked(url, { method })).text()
    expect(ports[1]).toBe(ports[0])
    expect(ports[2]).not.toBe(ports[0])
    expect(ports[3]).toBe(ports[0])
  })
})

describe('behind a proxy', () => {
  async function proxy(): Promise<{ address: string; asked: string[] }> {
    const asked: string[] = []
    const { server, port } = await listening(createServer())
    server.on('connect', (request, socket) => {
      asked.push(`${request.method} ${request.url}`)
      socket.end('HTTP/1.1 502 No\r\n\r\n')
    })
    return { address: `http://127.0.0.1:${port}`, asked }
  }

  it('reaches a far host through HTTPS_PROXY; a tunnel refused means that nothing was sent', async () => {
    const { address, asked } = await proxy()
    const far = client({ env: (name) => ({ HTTPS_PROXY: address })[name] })
    await expect(far('https://far.invalid/v1', { method: 'POST', body: '{}' })).rejects.toMatchObject({ code: 'KR_HTTP_UNREACHABLE', kind: 'unavailable' })
    expect(asked).toEqual(['CONNECT far.invalid:443'])
  })

  it('respects NO_PROXY, and never asks the proxy for this machine', async () => {
    const { address, asked } = await proxy()
    const far = client({ env: (name) => ({ HTTPS_PROXY: address, NO_PROXY: 'far.invalid' })[name] })
    await expect(far('https://far.invalid/v1')).rejects.toMatchObject({ code: 'KR_HTTP_UNREACHABLE' })
    expect(await (await far(await serve((_, response) => response.end('here')))).text()).toBe('here')
    expect(asked).toEqual([])
  })

  it('refuses a proxy address that is none, without quoting it', () => {
    expect(() => client({ env: (name) => ({ HTTPS_PROXY: 'http://me:hunter2@:bad' })[name] })).toThrow(
      expect.objectContaining({ code: 'KR_PROXY_INVALID', message: expect.not.stringContaining('hunter2') }),
    )
  })
})

describe('how long a busy server wants to be left alone', () => {
  const now = Date.parse('2026-11-20T10:00:00Z')

  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Fri, 20 Nov 2026 09:00:00 GMT' }, 0],
    [{ 'retry-after': '999999999' }, 3_600_000],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ])('%o', (headers, wait) => {
    expect(retryAfter(new Headers(headers), now)).toBe(wait)
  })
})
