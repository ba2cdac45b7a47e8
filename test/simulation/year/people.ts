/** Who else is there in a year: those who are told and come some day, and those who meddle. */
import type { DueReport } from '../../../src/domain/due.ts'
import { approve } from '../../../src/engine/approve.ts'
import { resume, revoke } from '../../../src/engine/runs.ts'
import type { RunOptions, Workspace } from '../../../src/ports/workspace.ts'
import { HOUR } from '../clock.ts'
import { Process } from '../faults.ts'
import type { SimKey } from '../world.ts'
import type { Block } from './draw.ts'
import type { YearTheatre } from './theatre.ts'

export const OPTIONS: RunOptions = {
  waive: ['revivable'],
  noRollback: [],
  managedElsewhere: [],
  reason: null,
  revokeConfirmed: false,
  changeProject: false,
  pasted: null,
}

/** What wants a person is told to one, who comes some day. */
export function call(theatre: YearTheatre, report: DueReport): void {
  const { random, world, visits, blocks } = theatre
  const wanted = [
    ...report.runs
      .filter((one) => one.findings.some(({ code }) => code === 'approval-wanted') || one.code === 'KR_APPROVAL_WANTED')
      .map((one) => [one.credential, 'approval late'] as const),
    ...report.left.filter((line) => line.state === 'held').map((line) => [line.credential, 'person late'] as const),
  ]
  for (const [credential, cause] of wanted) {
    if (visits.has(credential)) continue
    const at = world.now + (1 + random.below(cause === 'approval late' ? 60 : 40)) * HOUR
    const block: Block = { credential, cause, from: world.now, to: at }
    blocks.push(block)
    visits.set(credential, { at, block })
  }
}

/** Those who were told come: they approve what waits for an approval, and say of what gave up that it is to go on. */
export async function people(theatre: YearTheatre): Promise<void> {
  for (const [credential, { at, block }] of theatre.visits) {
    if (at > theatre.world.now) continue
    theatre.visits.delete(credential)
    block.to = theatre.world.now
    const process = new Process(`person.${++theatre.ticks}`)
    const ws = theatre.workspace(process)
    const act = block.cause === 'approval late' ? approveAnd(theatre, ws, credential) : resume(ws, credential, OPTIONS)
    const done = await Promise.race([
      act.then(
        () => true,
        () => false,
      ),
      process.death,
    ])
    theatre.checker.leave(process.name)
    if (done === true && block.cause === 'approval late') theatre.approvals++
    else theatre.resumes++
  }
}

/** Without a record an approval does not outlive its job: the same job revokes. */
async function approveAnd({ year }: YearTheatre, ws: Workspace, credential: string): Promise<unknown> {
  await approve(ws, credential, OPTIONS, async () => true)
  return year.stateKept ? null : revoke(ws, credential, { ...OPTIONS, revokeConfirmed: true })
}

/** Others meddle, now and then: a key in use is deleted, an old value is put back. */
export function others({ random, world, year }: YearTheatre): void {
  if (!random.hit(1 / (40 * 24))) return
  const { name } = random.pick(year.credentials)
  const mine = world.targets.filter((target) => target.credential === name)
  const key = mine[0]?.current?.key
  if (key === undefined || world.isDead(key)) return
  kill(key, world.now)
}

function kill(key: SimKey, now: number): void {
  key.killedByOthers = true
  key.deletedAt = now
}
