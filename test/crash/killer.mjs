/**
 * Preloaded into keyrot (`node --import`): counts every call that changes a file, every request that goes onto a TCP socket and
 * every answer that came in whole, and kills its own process with SIGKILL at the n-th, before or after the call.
 *
 * KEYROT_KILL_AT (1-based; 0 = never), KEYROT_KILL_SIDE (`before` or `after`), KEYROT_KILL_TRACE (a file: one line per call,
 * written when the process ends by itself or just before the kill).
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import process from 'node:process'

const at = Number(process.env.KEYROT_KILL_AT ?? 0)
const side = process.env.KEYROT_KILL_SIDE
const trace = process.env.KEYROT_KILL_TRACE
const home = process.env.HOME ?? ''
for (const name of ['KEYROT_KILL_AT', 'KEYROT_KILL_SIDE', 'KEYROT_KILL_TRACE']) delete process.env[name]

const { openSync, writeSync, closeSync } = fs
const fd = trace === undefined ? null : openSync(trace, 'w', 0o600)
let count = 0

function note(text) {
  if (fd !== null) writeSync(fd, text + '\n')
}

function die(name) {
  note(`killed ${side} ${count} ${name}`)
  process.kill(process.pid, 'SIGKILL')
  // the kill is delivered before the call returns; should it ever not be, nothing more may happen
  for (;;) execFileSync('sleep', ['1'])
}

/** Counts one call; true if the process is to die after it. */
function reached(name) {
  count += 1
  note(name)
  if (count !== at) return false
  if (side === 'before') die(name)
  return true
}

const CHANGES_AT_OPEN = fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_TRUNC | fs.constants.O_APPEND

/** Whether these arguments of an `open` mean to write. */
function opensToWrite(flags) {
  return typeof flags === 'number' ? (flags & CHANGES_AT_OPEN) !== 0 : typeof flags === 'string' && /[wa+]/.test(flags)
}

/** What goes to a terminal or pipe is no file, and the compile cache is not keyrot's work. */
function isCounted(name, args) {
  if (name === 'open' && !opensToWrite(args[1])) return false
  if (typeof args[0] === 'number') return args[0] > 2
  return !String(args[0]).startsWith(`${home}/.cache`)
}

const CHANGES = [
  'open',
  'write',
  'writev',
  'writeFile',
  'appendFile',
  'fsync',
  'fdatasync',
  'ftruncate',
  'truncate',
  'rename',
  'link',
  'symlink',
  'unlink',
  'mkdir',
  'mkdtemp',
  'rmdir',
  'rm',
  'chmod',
  'fchmod',
  'chown',
  'fchown',
  'utimes',
  'futimes',
  'copyFile',
  'cp',
]

function inSync(name, original) {
  return function (...args) {
    const last = isCounted(name, args) && reached(name)
    const result = original.apply(this, args)
    if (last) die(name)
    return result
  }
}

function withCallback(name, original) {
  return function (...args) {
    const done = args.at(-1)
    if (typeof done !== 'function' || !isCounted(name, args) || !reached(name)) return original.apply(this, args)
    return original.apply(this, [...args.slice(0, -1), () => die(name)])
  }
}

function withPromise(name, original, counted = isCounted) {
  return async function (...args) {
    const last = counted(name, args) && reached(name)
    try {
      return await original.apply(this, args)
    } finally {
      if (last) die(name)
    }
  }
}

const handle = await fs.promises.open('/dev/null')
const FileHandle = Object.getPrototypeOf(handle)
await handle.close()

for (const name of CHANGES) {
  if (fs[`${name}Sync`] !== undefined) fs[`${name}Sync`] = inSync(name, fs[`${name}Sync`])
  if (typeof fs[name] === 'function') fs[name] = withCallback(name, fs[name])
  if (typeof fs.promises[name] === 'function') fs.promises[name] = withPromise(name, fs.promises[name])
}
for (const name of ['write', 'writev', 'writeFile', 'appendFile', 'sync', 'datasync', 'truncate', 'chmod', 'chown', 'utimes']) {
  if (typeof FileHandle[name] === 'function') FileHandle[name] = withPromise(`handle.${name}`, FileHandle[name], () => true)
}
syncBuiltinESMExports()

/** A request reaches the socket as one or more writes; each is counted. Pipes to a terminal are sockets of another kind. */
for (const name of ['_write', '_writev']) {
  const original = net.Socket.prototype[name]
  net.Socket.prototype[name] = function (...args) {
    if (this.connecting || this._handle?.constructor?.name !== 'TCP') return original.apply(this, args)
    const last = reached('socket.write')
    const result = original.apply(this, args)
    if (last) die('socket.write')
    return result
  }
}

/** An answer counts when its last byte is in: before the program hears of it, and when it has heard. */
const emit = http.IncomingMessage.prototype.emit
http.IncomingMessage.prototype.emit = function (event, ...args) {
  const last = event === 'end' && this.req instanceof http.ClientRequest && reached('socket.answer')
  const result = emit.call(this, event, ...args)
  if (last) die('socket.answer')
  return result
}

process.on('exit', () => {
  note(`ended ${count}`)
  if (fd !== null) closeSync(fd)
})
