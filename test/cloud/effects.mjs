/**
 * Preloaded into keyrot (`node --import`): knows its effects on the world and on its record by name, and kills its own process
 * with SIGKILL at the n-th of a name, before it happens or after it has, always before the program hears how it went.
 *
 * An effect is a request that changes something (before it is sent; after its whole answer is in), an event of the journal (before
 * it is written; after it is durable), a new record, or a new `.env` (before and after the rename).
 *
 * KEYROT_KILL_EFFECT (a name; empty = none), KEYROT_KILL_NTH (1-based), KEYROT_KILL_SIDE (`before` or `after`), KEYROT_KILL_TRACE (a
 * file: one name per line as they come).
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'
import process from 'node:process'

const { KEYROT_KILL_EFFECT: wanted, KEYROT_KILL_SIDE: side, KEYROT_KILL_TRACE: trace } = process.env
const nth = Number(process.env.KEYROT_KILL_NTH ?? 0)
for (const name of ['KEYROT_KILL_EFFECT', 'KEYROT_KILL_NTH', 'KEYROT_KILL_SIDE', 'KEYROT_KILL_TRACE']) delete process.env[name]

const { openSync, writeSync } = fs
const fd = openSync(trace, 'w', 0o600)
let seen = 0

function die() {
  process.kill(process.pid, 'SIGKILL')
  // the kill is delivered before the call returns; should it ever not be, nothing more may happen
  for (;;) execFileSync('sleep', ['1'])
}

/** Notes effects that are about to happen together; true if the process is to die after them. */
function reached(names) {
  let last = false
  for (const name of names) {
    writeSync(fd, `${name}\n`)
    if (name === wanted && ++seen === nth) last = true
  }
  if (last && side === 'before') die()
  return last
}

/** Events by line of the journal: the first letters of a chunk say whether it is one. */
function eventsIn(bytes) {
  const text = Buffer.from(bytes).toString('utf8')
  if (!text.startsWith('{"format":')) return []
  return text
    .split('\n')
    .filter((line) => line.includes('"type":"'))
    .map((line) => ['journal', /"type":"([^"]+)"/.exec(line)?.[1], /"step":"([^"]+)"/.exec(line)?.[1]].filter(Boolean).join(' '))
}

/** Descriptors of journals that are not yet durable and whose end is the end of this process. */
const lastOnes = new Set()

fs.writeSync = (to, bytes, ...rest) => {
  if (typeof bytes !== 'string' && reached(eventsIn(bytes))) lastOnes.add(to)
  return writeSync(to, bytes, ...rest)
}

const { fdatasync, renameSync } = fs
fs.fdatasync = (of, done) => fdatasync(of, lastOnes.has(of) ? die : done)

fs.renameSync = (from, to) => {
  const last = basename(String(to)) === 'record.json' && reached(['record'])
  renameSync(from, to)
  if (last) die()
}

const { rename } = fs.promises
fs.promises.rename = async (from, to) => {
  const last = basename(String(to)) === '.env' && reached(['.env'])
  await rename(from, to)
  if (last) die()
}
syncBuiltinESMExports()

/** What a request changes, by method and path without ids; `null` where it only asks. */
function changeBy(request) {
  const operation = /\.(\w+)$/.exec(String(request.getHeader('x-amz-target') ?? ''))?.[1]
  if (operation !== undefined) return /^(?:Get|List|Describe|BatchGet|Validate)/.test(operation) ? null : `aws ${operation}`
  const path = request.path.split('?')[0]
  if (request.method === 'GET' || request.method === 'HEAD' || ASKS.test(path)) return null
  const shown = path.split('/').map((part) => (/^(?:[a-z]+(?:[_.-][a-z]+)*|v\d+|)$/.test(part) ? part : ':id'))
  return `${request.method} ${shown.join('/')}`
}

/** Live calls, access reviews, and what of STS is asked. */
const ASKS = /\/responses$|\/chat\/completions$|accessreviews$|rulesreviews$|^\/$/

const { end } = http.ClientRequest.prototype
const lastAsked = new WeakSet()
http.ClientRequest.prototype.end = function (...args) {
  const change = this.method === 'CONNECT' ? null : changeBy(this)
  if (change !== null && reached([change])) lastAsked.add(this)
  return end.apply(this, args)
}

const { emit } = http.IncomingMessage.prototype
http.IncomingMessage.prototype.emit = function (event, ...args) {
  if (event === 'end' && lastAsked.has(this.req)) die()
  return emit.call(this, event, ...args)
}
