/**
 * Stands before any HTTP server, passes requests on as they are, tells call sites apart, and spoils the request it is told to.
 * It knows nothing of adapters, and of the server behind only its address.
 */
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { askedOf, openBehind, pathOf, type Behind } from './behind.ts'
import type { Identity } from './certificates.ts'
import type { Fault, Moment } from './faults.ts'
import type { Answer, Asked, Dialect, Json } from './meaning.ts'

/** A kind of request that an adapter sends: the same words in the code, whatever the names in the path. */
export interface Site {
  readonly name: string
  readonly effect: 'read' | 'write'
  readonly method: string
  /** Against the path without its query. */
  readonly path: RegExp
  /** Last part of `X-Amz-Target`, where one path serves all. */
  readonly target?: string
  /** What the body must hold, where one path serves several. */
  readonly body?: RegExp
  /** Whether its answer may be one page of several. */
  readonly pages?: boolean
  /** Where it is another service's than the rest. */
  readonly dialect?: Dialect
}

/** Spoils the `nth` request at a site, counted from this order on; from there on `times` of them (default 1). */
export interface Order {
  readonly fault: Fault
  readonly site: string
  readonly nth: number
  readonly times?: number
  /** How many requests come before it, whatever their site: by this a fault of the connection knows its moment. */
  readonly before: number
  /** What somebody else does meanwhile, for the fault that lets him. */
  readonly meddle?: () => Promise<void>
}

export interface Seen {
  /** `null`: a request that no site describes. */
  readonly site: string | null
  readonly method: string
  readonly path: string
  readonly fault: string | null
  /** Whether the server behind got it. */
  readonly passed: boolean
  /** Whether its answer, as the server behind gave it, promises another page. */
  readonly more: boolean
}

export interface Proxy {
  readonly url: string
  /** Every request since the last `order`, in order of arrival. */
  readonly seen: readonly Seen[]
  /** Connections turned away by a fault of the connection. */
  readonly turnedAway: number
  order(order: Order | null): Promise<void>
  /** Ends whatever still hangs. */
  close(): Promise<void>
}

export interface ProxyParts {
  readonly behind: string
  readonly sites: readonly Site[]
  readonly dialect: Dialect
  readonly keys: () => readonly string[]
  /** Speaks https with this certificate. */
  readonly identity?: Identity
  /** Whom to trust behind, where that is not the system's choice. PEM. */
  readonly ca?: string
}

class Front implements Proxy {
  readonly seen: Seen[] = []
  turnedAway = 0
  readonly #parts: ProxyParts
  readonly #server: Server
  readonly #behind: Behind
  readonly #earlier = new Map<string, Answer[]>()
  readonly #sockets = new Set<Socket>()
  /** Those on which a client still waits. */
  readonly #busy = new Set<Socket>()
  #order: Order | null = null
  #port = 0
  #turnsAway = false

  constructor(parts: ProxyParts) {
    this.#parts = parts
    this.#behind = openBehind(parts.behind, parts.ca)
    const serve = (incoming: IncomingMessage, response: ServerResponse): void => {
      this.#serve(incoming, response).catch(() => response.socket?.destroy())
    }
    this.#server = parts.identity === undefined ? http.createServer(serve) : https.createServer(parts.identity, serve)
    this.#server.on('connection', (socket: Socket) => this.#greet(socket))
    this.#server.on('tlsClientError', () => undefined)
  }

  get url(): string {
    const base = new URL(this.#parts.behind)
    return `http${this.#parts.identity === undefined ? '' : 's'}://127.0.0.1:${this.#port}${base.pathname.replace(/\/$/, '')}`
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
    return this
  }

  async order(order: Order | null): Promise<void> {
    for (const socket of this.#busy) socket.destroy()
    this.#order = order
    this.#turnsAway = false
    this.turnedAway = 0
    this.seen.length = 0
    this.#earlier.clear()
    if (!this.#server.listening) await this.listen()
    this.#maybeTurnAway(0)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #greet(socket: Socket): void {
    if (this.#turnsAway) {
      this.turnedAway += 1
      socket.resetAndDestroy()
      return
    }
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#busy.delete(socket)
    })
  }

  /** Faults of the connection must hold before the client can open the next one: that is, before it has its last good answer. */
  #maybeTurnAway(answered: number): boolean {
    const order = this.#order
    if (order?.fault.at !== 'connection' || answered < order.before) return false
    if (order.fault.name === 'refuse') this.#server.close()
    else this.#turnsAway = true
    return true
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await askedOf(incoming)
    this.#busy.add(incoming.socket)
    response.on('finish', () => this.#busy.delete(incoming.socket))
    const site = this.#siteOf(asked)
    const count = this.seen.filter((one) => one.site === site?.name).length + 1
    const fault = this.#faultFor(site?.name ?? null, count)
    const passed = fault === null || fault.effect
    const place = this.seen.length
    this.seen.push({ site: site?.name ?? null, method: asked.method, path: pathOf(asked), fault: fault?.name ?? null, passed, more: false })
    response.sendDate = false
    const answer = passed ? await this.#behind(asked, { unpacked: fault !== null || site?.pages === true }) : null
    if (answer !== null && site?.pages === true) Object.assign(this.seen[place] ?? {}, { more: promisesMore(asked, answer, this.#parts.dialect) })
    const earlier = this.#earlier.get(site?.name ?? '') ?? []
    if (answer !== null) this.#earlier.set(site?.name ?? '', [...earlier, answer])
    if (this.#maybeTurnAway(this.seen.length)) response.shouldKeepAlive = false
    const moment: Moment = {
      asked,
      response,
      answer,
      earlier,
      dialect: site?.dialect ?? this.#parts.dialect,
      keys: this.#parts.keys(),
      ask: (other) => this.#behind(other, { unpacked: true }),
      meddle: this.#order?.meddle ?? nothing,
    }
    if (fault !== null) await fault.spoil(moment)
    else if (answer !== null) response.writeHead(answer.status, [...answer.raw]).end(answer.bytes)
  }

  #faultFor(site: string | null, count: number): Fault | null {
    const order = this.#order
    if (order === null || order.fault.at === 'connection' || order.site !== site) return null
    return count >= order.nth && count < order.nth + (order.times ?? 1) ? order.fault : null
  }

  #siteOf(asked: Asked): Site | undefined {
    const target = asked.headers['x-amz-target']?.split('.').at(-1)
    return this.#parts.sites.find(
      (site) => site.method === asked.method && site.path.test(pathOf(asked)) && site.target === target && (site.body?.test(asked.body.toString()) ?? true),
    )
  }
}

function promisesMore(asked: Asked, { bytes }: Answer, { paging }: Dialect): boolean {
  try {
    return paging !== undefined && paging.next(asked, JSON.parse(bytes.toString()) as Json) !== null
  } catch {
    return false
  }
}

const nothing = (): Promise<void> => Promise.resolve()

/** Starts listening on a free port of 127.0.0.1. */
export function startProxy(parts: ProxyParts): Promise<Proxy> {
  return new Front(parts).listen()
}
