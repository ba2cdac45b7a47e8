/**
 * A process of its own that works on one credential again and again, in a hurry: `SPEED` times as fast as life, by a clock that is `SKEW`
 * off. It tells each thing it did, and stops when told on stdin.
 */
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { Held } from '../../../src/ports/system.ts'
import type { Every } from '../../../src/state/lock.ts'
import { openFileState, openSharedState, type State } from '../../../src/state/state.ts'
import { sampleEvent, sampleRecord } from '../../unit/state/sample.ts'

const [, , kind = '', folder = '', kubeconfig = '', speedText = '1', skewText = '0'] = process.argv
const [speed, skew] = [Number(speedText), Number(skewText)]

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms / speed))
const every: Every = (beat, ms) => {
  const timer = setInterval(beat, ms / speed).unref()
  return () => clearInterval(timer)
}
const parts = {
  clock: { now: () => Date.now() + skew, sleep },
  ids: { token: (length: number) => randomBytes(length).toString('hex').slice(0, length) },
  every,
}

async function open(): Promise<State> {
  if (kind === 'files') return openFileState(folder, parts)
  const { kubernetesState } = await import('../../../src/adapters/states/kubernetes.ts')
  const { surroundings } = await import('../targets/kubernetes-harness.ts')
  const store = await kubernetesState.open(kubernetesState.schema.parse({ namespace: 'default' }), surroundings({ KUBECONFIG: kubeconfig }))
  return openSharedState(store, { ...parts, ns: 'abcd1234', folder, say: () => undefined, ticks: () => performance.now() * speed })
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
let isOver = false
process.stdin.on('data', () => (isOver = true)).on('end', () => (isOver = true))

const state = await open()
say('ready')
for (let turn = 1; !isOver; turn++) {
  let held: Held | null = null
  try {
    held = await state.locks.acquire(['credential:api', 'record:shared'])
    const who = `${process.pid}-${turn}-${parts.ids.token(6)}`
    say(`held ${who}`)
    for (let step = 1; step <= 3; step++) {
      const { record, revision } = await state.records.load('api')
      // here it may be stopped for longer than its lease
      await new Promise((resolve) => setTimeout(resolve, 20))
      await state.records.append(sampleEvent(step, { type: 'step.intended', data: { who } }))
      say('intended')
      await state.records.save(sampleRecord('api', (record?.generation ?? 0) + 1), revision)
      say('saved')
    }
  } catch (error) {
    say(error instanceof KeyrotError ? `refused ${error.kind} ${error.code}` : `broken ${String(error)}`)
  } finally {
    await held?.release().catch(() => undefined)
  }
  await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20))
}
process.exit(0)
