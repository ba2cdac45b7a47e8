/**
 * Preloaded into keyrot (`node --import`): when it ends, writes to KEYROT_BENCH_PROBE what the kernel says of the process, and for how
 * long the flow itself chose to wait. Those waits are the timers of half a second and more that were not called off (`Clock.sleep`:
 * between two probes of a key, say); what counts is the time that was asked for, so that a timer which comes late is not excused.
 */
import { writeFileSync } from 'node:fs'
import process from 'node:process'

const SHORTEST_WAIT = 500
const path = process.env.KEYROT_BENCH_PROBE
delete process.env.KEYROT_BENCH_PROBE

const after = globalThis.setTimeout
let waited = 0
let until = 0

globalThis.setTimeout = (act, ms = 0, ...given) => {
  if (ms < SHORTEST_WAIT) return after(act, ms, ...given)
  const from = performance.now()
  const fired = () => {
    // Waits side by side are one wait.
    waited += Math.max(0, from + ms - Math.max(from, until))
    until = Math.max(until, from + ms)
    act(...given)
  }
  return after(fired, ms)
}

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  const cpuMs = (userCPUTime + systemCPUTime) / 1000
  writeFileSync(path, JSON.stringify({ wallMs: performance.now(), waitedMs: waited, cpuMs, peakMb: maxRSS / 1024 }))
})
