/** The shipped engine and adapters with a capability taken away: what it is there for shows when it is gone. */
import { setTimeout as pause } from 'node:timers/promises'
import { join } from 'node:path'
import { connectSite, openSite } from '../../src/cli/compose.ts'
import type { Interruption } from '../../src/cli/outside/interruption.ts'
import { rotate } from '../../src/engine/runs.ts'
import type { Target } from '../../src/ports/target.ts'
import type { RunOptions, Workspace } from '../../src/ports/workspace.ts'
import type { CloudWorld } from './world.ts'

const OPTIONS: RunOptions = {
  // Nobody can tell then, and the old key is in use: somebody has said that it may die all the same.
  waive: ['consumers', 'quiet', 'revivable'],
  noRollback: [],
  managedElsewhere: [],
  reason: null,
  revokeConfirmed: true,
  changeProject: false,
  pasted: null,
}

/** Rotates to the end without these methods of the targets. Rejects when that does not end well. */
export async function rotateWithout(methods: readonly (keyof Target)[], world: CloudWorld): Promise<void> {
  Object.assign(process.env, world.env)
  const never = new AbortController().signal
  const interruption = { signal: never, calls: never, sleep: pause, check: () => undefined } as unknown as Interruption
  const site = await openSite({ config: join(world.folder, 'rotation.config.yaml'), state: undefined }, interruption, () => undefined)
  const whole = await connectSite(site, [], { prompter: null, watch: () => undefined, warn: () => undefined }, interruption)
  const ws: Workspace = {
    ...whole,
    credentials: whole.credentials.map((credential) => ({
      ...credential,
      targets: credential.targets.map((bound) => ({ ...bound, target: lacking(bound.target, methods) })),
    })),
  }
  for (let calls = 0; calls < 30; calls++) {
    const report = await rotate(ws, 'prod', OPTIONS)
    if (report.status === 'done') return
    if (report.status !== 'waiting') throw new Error(`the rotation did not go on: ${report.code} ${report.message}`)
    await pause(500)
  }
  throw new Error('the rotation did not end')
}

function lacking(target: Target, methods: readonly (keyof Target)[]): Target {
  return Object.assign(Object.create(target) as Target, Object.fromEntries(methods.map((name) => [name, undefined])))
}
