import { describe, expect, it } from 'vitest'
import { rotate } from '../../../src/engine/runs.ts'
import type { RunReport } from '../../../src/domain/run.ts'
import { DAY } from '../../simulation/clock.ts'
import { NAME, NS, OPTIONS, Stage } from './stage.ts'

/** A readable store without a fallback slot and without room for a mark: once it holds the new key, the record alone knows the old one. */
const routine = { start: 'routine', kinds: ['dotenv'], fallback: false } as const
/** The same with a mark beside the value. */
const marked = { ...routine, kinds: ['vercel'] } as const

/** Rotates until the run no longer waits; a day passes between two ticks. */
async function toTheEnd(stage: Stage): Promise<RunReport | null> {
  const report = await stage.tick(rotate, { ...OPTIONS, revokeConfirmed: true, waive: ['revivable', 'consumers'] })
  if (report?.status !== 'waiting') return report
  stage.world.advance(DAY)
  return toTheEnd(stage)
}

describe('a rotation that is done', () => {
  it('says nothing of the key it has retired', async () => {
    const stage = new Stage(routine)
    expect(await toTheEnd(stage)).toMatchObject({ status: 'done', findings: [] })
    expect(stage.world.isDead(stage.first!)).toBe(true)
  })

  it('names a key of ours that lives on in no target: with the record lost it is nobody’s to retire', async () => {
    const stage = new Stage(routine)
    await stage.tick(rotate)
    stage.store.lose()
    const report = await toTheEnd(stage)
    expect(stage.world.isDead(stage.first!)).toBe(false)
    expect(report).toMatchObject({ status: 'done', findings: [{ code: 'orphan', severity: 'warning' }] })
    expect(report?.findings[0]?.message).toContain(stage.first!.id)
  })

  it('goes on with the record lost where a mark says which key was there before', async () => {
    for (const start of ['routine', 'adopt'] as const) {
      const stage = new Stage({ ...marked, start })
      await stage.tick(rotate)
      stage.store.lose()
      const successor = stage.world.targets[0]?.current?.key
      expect(await toTheEnd(stage)).toMatchObject({ status: 'done', findings: [] })
      expect([stage.world.isDead(stage.first!), stage.world.targets[0]?.current?.key]).toEqual([true, successor])
    }
  })

  it('leaves other credentials’ keys and those that die by themselves unsaid', async () => {
    const stage = new Stage(routine)
    stage.world.newKey({ name: `keyrot.${NS}.other.g1.a1`, life: 90 * DAY, origin: 'keyrot', age: DAY })
    stage.world.newKey({ name: `keyrot.${NS}.${NAME}.g1.a2`, life: stage.world.shape.birthLife, origin: 'keyrot', age: 0 })
    expect(await toTheEnd(stage)).toMatchObject({ status: 'done', findings: [] })
  })
})
