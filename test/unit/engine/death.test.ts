/** A death that only listings can show takes minutes; whoever waits is told what for. */
import { expect, it } from 'vitest'
import type { RunEvent } from '../../../src/domain/events.ts'
import { rotate } from '../../../src/engine/runs.ts'
import { DAY } from '../../simulation/clock.ts'
import { NAME, OPTIONS, Stage } from './stage.ts'

it('says that it waits for the list, where the old key’s value is not at hand', async () => {
  const stage = new Stage({ start: 'routine', kinds: ['marker'] })
  const seen: RunEvent[] = []
  const watch = (event: RunEvent): void => void seen.push(event)
  for (let tick = 0; tick < 5; tick++) {
    await rotate({ ...stage.workspace(), watch }, NAME, { ...OPTIONS, noRollback: ['t0'], revokeConfirmed: true, waive: ['successor-live'] })
    stage.world.now += 2 * DAY
  }
  const retire = seen.filter(({ step }) => step === 'retire').map(({ type, code }) => `${type} ${code ?? ''}`)
  expect(retire).toContain('key.retired KR_UNLISTED')
  expect(retire.slice(0, retire.indexOf('key.retired KR_UNLISTED'))).toContain('step.waiting KR_WAITING_LISTING')
})
