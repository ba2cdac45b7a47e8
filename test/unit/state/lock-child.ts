/**
 * A process of its own that wants the lock. `hold`: takes it and ends without giving it back. `fight`: takes it again and
 * again beside others, checks each time that it is alone, and at last dies of SIGKILL while it holds it.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readHost } from '../../../src/state/host.ts'
import { openLocks } from '../../../src/state/lock.ts'

const [, , folder = '', what = '', wins = '20'] = process.argv
const host = readHost()
const ids = { token: (length: number) => randomBytes(length).toString('hex').slice(0, length) }
const locks = openLocks(folder, { clock: { now: Date.now, sleep: async () => {} }, ids, host })
const inside = join(folder, 'inside')

async function fight(): Promise<void> {
  const deadline = Date.now() + 20_000
  for (let won = 0; won < Number(wins) && Date.now() < deadline;) {
    const held = await locks.acquire(['x']).catch(() => null)
    if (held === null) continue
    won += 1
    if (existsSync(inside)) {
      const other = Number(readFileSync(inside, 'utf8'))
      if (host.stateOf(other).alive) process.stdout.write('violation\n')
      else process.stdout.write('took over\n')
      unlinkSync(inside)
    }
    writeFileSync(inside, String(process.pid), { flag: 'wx' })
    if (!(await held.stillHeld())) process.stdout.write('lost\n')
    process.stdout.write('won\n')
    if (won === Number(wins)) process.kill(process.pid, 'SIGKILL')
    if (readFileSync(inside, 'utf8') !== String(process.pid)) process.stdout.write('violation\n')
    unlinkSync(inside)
    await held.release()
  }
}

if (what === 'fight') await fight()
else {
  await locks.acquire(['x'])
  process.stdout.write('held\n')
}
