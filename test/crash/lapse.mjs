/**
 * Preloaded into keyrot: time lapse. A wait of half a second to twenty seconds takes a twenty-fifth of itself, and what was
 * skipped is added to a clock that this process, the next ones and the sandbox share: a file whose length is the offset in ms.
 * The times of files are moved with it where a file is about to replace another; shorter waits and the deadlines of exchanges stay
 * as they are.
 */
import fs from 'node:fs'
import process from 'node:process'

const { futimesSync, openSync, statSync, writeSync } = fs
const shared = process.env.KEYROT_LAPSE_CLOCK
const deadlines = process.env.KEYROT_LAPSE_DEADLINES === '1'
for (const name of ['KEYROT_LAPSE_CLOCK', 'KEYROT_LAPSE_DEADLINES']) delete process.env[name]

const SHORTEST = 500
const LONGEST = 20_000
const FACTOR = 25
const DEADLINE_FACTOR = 10

const now = Date.now
const wait = globalThis.setTimeout
const later = () => now() + statSync(shared).size

if (shared !== undefined) {
  const fd = openSync(shared, 'a')
  Date.now = later
  globalThis.setTimeout = (act, ms, ...rest) => {
    if (!(ms >= SHORTEST && ms <= LONGEST)) return wait(act, ms, ...rest)
    const due = later() + ms
    return wait(() => {
      const early = Math.ceil(due - later())
      if (early > 0) writeSync(fd, '.'.repeat(early))
      act(...rest)
    }, ms / FACTOR)
  }

  const handle = await fs.promises.open('/dev/null')
  const FileHandle = Object.getPrototypeOf(handle)
  await handle.close()
  const { sync } = FileHandle
  FileHandle.sync = function () {
    futimesSync(this.fd, later() / 1_000, later() / 1_000)
    return sync.call(this)
  }
}

// for tests that only look at what is said: an exchange that hangs is given up early, and no clock moves; not so early that a busy machine looks like one
if (deadlines) {
  const timeout = AbortSignal.timeout
  AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / DEADLINE_FACTOR)
  const lapsing = globalThis.setTimeout
  globalThis.setTimeout = (act, ms, ...rest) => (ms > LONGEST ? wait(act, ms / DEADLINE_FACTOR, ...rest) : lapsing(act, ms, ...rest))
}
