/** A program with a leak: puts the bytes it reads from stdin into one channel. Proves that the observer can see that channel. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import process from 'node:process'

// not by `readFileSync(0)`: where the bytes are a moment late, that is told to try again (EAGAIN)
const bytes = Buffer.concat(await process.stdin.toArray())
const text = bytes.toString('latin1')
const channels = {
  stdout: () => process.stdout.write(bytes),
  stderr: () => process.stderr.write(bytes),
  file: () => writeFileSync('left-behind', bytes),
  argv: () => spawnSync('git', ['--version', text], { stdio: 'ignore' }),
  'child env': () => spawnSync('git', ['--version'], { stdio: 'ignore', env: { ...process.env, LEFT: text } }),
  'argv of any child': () => spawnSync('/bin/sh', ['-c', 'sleep 1; true', text]),
  'env of any child': () => spawnSync('/bin/sh', ['-c', 'sleep 1; true'], { env: { LEFT: text } }),
}
channels[process.argv[2]]()
