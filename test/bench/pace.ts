/**
 * What this machine makes of the ideal, just now: CALLS of them, WIDTH at once, by a bare client in a process of its own; AWS of them, in
 * between the others, by the vendor's SDK at the endpoint of the environment. `node pace.ts URL CALLS WIDTH AWS` prints the milliseconds
 * from the first call to the last answer.
 */
import { Agent, get } from 'node:http'

const [url = '', calls = '0', width = '1', aws = '0'] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: Number(width) })

function call(): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => answer.resume().once('end', resolve)).once('error', reject)
  })
}

async function byAws(): Promise<() => Promise<unknown>> {
  const { DescribeSecretCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  const client = new SecretsManagerClient({ endpoint: process.env['AWS_ENDPOINT_URL'] ?? '' })
  return () => client.send(new DescribeSecretCommand({ SecretId: 'app-0' }))
}

const callAws = aws === '0' ? call : await byAws()
const share = Number(aws) / Number(calls)
let begun = 0
async function worker(): Promise<void> {
  while (begun < Number(calls)) {
    const turn = begun++
    await (Math.floor((turn + 1) * share) > Math.floor(turn * share) ? callAws() : call())
  }
}

const from = performance.now()
await Promise.all(Array.from({ length: Number(width) }, worker))
process.stdout.write(String(performance.now() - from))
agent.destroy()
process.exit()
