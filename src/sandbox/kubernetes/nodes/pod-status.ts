/** What a node reports of a pod. */
import type { Pod } from '../workloads.ts'

type Status = Pod['status']

const CONDITIONS = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'] as const

function conditions(now: string, isRunning: boolean, isReady: boolean, before: Status): NonNullable<Status['conditions']> {
  const holds = { PodReadyToStartContainers: isRunning, Initialized: true, Ready: isReady, ContainersReady: isReady, PodScheduled: true }
  return CONDITIONS.map((type) => {
    const status = holds[type] ? 'True' : 'False'
    const there = before.conditions?.find((condition) => condition.type === type)
    const why = holds[type] ? {} : { reason: 'ContainersNotReady', message: 'containers with unready status' }
    return { type, status, lastTransitionTime: there?.status === status ? (there.lastTransitionTime ?? now) : now, ...why } as const
  })
}

function containers(pod: Pod, state: object, ready: boolean, started: boolean) {
  return pod.spec.containers.map(({ name, image = '' }) => ({
    name,
    state,
    lastState: {},
    ready,
    restartCount: 0,
    image,
    imageID: started ? `sandbox://${image}` : '',
    started,
  }))
}

/** Scheduled, and held up: a Secret that it needs is not there. */
export function waiting(pod: Pod, now: string, reason: string, message: string): Status {
  const state = { waiting: reason === 'ContainerCreating' ? { reason } : { reason, message } }
  const { phase: _phase, ...rest } = pod.status
  return {
    ...rest,
    phase: 'Pending',
    startTime: pod.status.startTime ?? now,
    conditions: conditions(now, false, false, pod.status),
    containerStatuses: containers(pod, state, false, false),
  }
}

export function running(pod: Pod, now: string, ready: boolean, ip: string): Status {
  const state = { running: { startedAt: pod.status.startTime ?? now } }
  const { phase: _phase, ...rest } = pod.status
  const place = { hostIP: '127.0.0.1', podIP: ip, podIPs: [{ ip }] }
  return {
    ...rest,
    phase: 'Running',
    startTime: pod.status.startTime ?? now,
    conditions: conditions(now, true, ready, pod.status),
    ...place,
    containerStatuses: containers(pod, state, ready, true),
  }
}

export function succeeded(pod: Pod, now: string): Status {
  const state = { terminated: { exitCode: 0, reason: 'Completed', startedAt: pod.status.startTime ?? now, finishedAt: now } }
  return { ...pod.status, phase: 'Succeeded', conditions: conditions(now, false, false, pod.status), containerStatuses: containers(pod, state, false, false) }
}
