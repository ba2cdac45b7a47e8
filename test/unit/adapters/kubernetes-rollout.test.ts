import { describe, expect, it } from 'vitest'
import { hindrance, rollout, type Kind } from '../../../src/adapters/targets/kubernetes-rollout.ts'
import { workloadOf, type Raw } from './kubernetes-objects.ts'

type Case = [words: string, kind: Kind, spec: Raw, status: Raw, state: string, why?: string]
const done = { replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 2 }
const condition = (type: string, status: string, reason: string): Raw => ({ conditions: [{ type, status, reason }] })

describe("kubectl's rules", () => {
  const cases: Case[] = [
    ['a Deployment that is through', 'deployment', { replicas: 2 }, done, 'yes'],
    ['a Deployment scaled to zero', 'deployment', { replicas: 0 }, {}, 'yes'],
    ['a Deployment not looked at since its change', 'deployment', { replicas: 2 }, { ...done, observedGeneration: 1 }, 'no', 'not seen'],
    ['a Deployment never looked at', 'deployment', { replicas: 2 }, { observedGeneration: null }, 'no', 'not seen'],
    ['a Deployment with too few new pods', 'deployment', { replicas: 2 }, { ...done, updatedReplicas: 1 }, 'no', '1 of 2 pods are new'],
    ['a Deployment with old pods left', 'deployment', { replicas: 2 }, { ...done, replicas: 3 }, 'no', '1 old pods are left'],
    ['a Deployment whose new pods are not up', 'deployment', { replicas: 2 }, { ...done, availableReplicas: 1 }, 'no', '1 of 2 new pods are available'],
    ['a Deployment without replicas means one', 'deployment', {}, { replicas: 0 }, 'no', '0 of 1'],
    [
      'a Deployment past its deadline',
      'deployment',
      { replicas: 2 },
      { ...done, ...condition('Progressing', 'False', 'ProgressDeadlineExceeded') },
      'failed',
      'deadline',
    ],
    ['a Deployment that may create no pods', 'deployment', { replicas: 2 }, condition('ReplicaFailure', 'True', 'FailedCreate'), 'no', 'cannot be created'],
    ['a StatefulSet that is through', 'statefulset', { replicas: 2 }, { readyReplicas: 2, currentRevision: 'b', updateRevision: 'b' }, 'yes'],
    ['a StatefulSet that is not ready', 'statefulset', { replicas: 2 }, { readyReplicas: 1, currentRevision: 'b', updateRevision: 'b' }, 'no', '1 of 2'],
    ['a StatefulSet with old pods', 'statefulset', { replicas: 2 }, { readyReplicas: 2, currentRevision: 'a', updateRevision: 'b' }, 'no', 'old revision'],
    ['a DaemonSet that is through', 'daemonset', {}, { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }, 'yes'],
    ['a DaemonSet with old pods', 'daemonset', {}, { desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3 }, 'no', '2 of 3 pods are new'],
    ['a DaemonSet that is not up', 'daemonset', {}, { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 1 }, 'no', '1 of 3 new pods'],
  ]
  it.each<Case>(cases)('%s', (_words, kind, spec, status, state, why) => {
    const progress = rollout(kind, workloadOf({ spec, status }))
    expect(progress.state).toBe(state)
    expect(progress.why ?? '').toContain(why ?? '')
  })
})

describe('what keeps a restart from every pod', () => {
  const onDelete = { updateStrategy: { type: 'OnDelete' } }
  const partition = (at: number): Raw => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: at } } })
  it.each<[string, Kind, Raw, string | null]>([
    ['a paused Deployment', 'deployment', { paused: true }, 'is paused'],
    ['a Deployment that runs on', 'deployment', { paused: false }, null],
    ['a StatefulSet replaced by hand', 'statefulset', onDelete, 'OnDelete'],
    ['a DaemonSet replaced by hand', 'daemonset', onDelete, 'OnDelete'],
    ['a StatefulSet with a partition', 'statefulset', partition(1), 'below number 1'],
    ['a StatefulSet with partition 0', 'statefulset', partition(0), null],
    ['a plain DaemonSet', 'daemonset', { updateStrategy: { type: 'RollingUpdate' } }, null],
  ])('%s', (_words, kind, spec, words) => {
    const found = hindrance(kind, workloadOf({ spec }))
    if (words === null) expect(found).toBeNull()
    else expect(found).toContain(words)
  })
})
