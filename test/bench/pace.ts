/**
 * What this machine makes of the ideal, just now: GETs, CALLS of them, WIDTH at once, by a bare `node:http` client in a process of its
 * own. `node pace.ts URL CALLS WIDTH` prints the milliseconds from the first call to the last answer.
 */
import { Agent, get } from 'node:http'

const [url = '', calls = '0', width = '1'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: Number(width) })

function call(): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => answer.resume().once('end', resolve)).once('error', reject)
  })
}

let left = Number(calls)
async function worker(): Promise<void> {
  while (left-- > 0) await call()
}

const from = performance.now()
await Promise.all(Array.from({ length: Number(width) }, worker))
process.stdout.write(String(performance.now() - from))
agent.destroy()
