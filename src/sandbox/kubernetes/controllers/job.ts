/** Runs the pods of a Job. Its pods live until somebody ends them: what they compute is not ours. */
import { JOBS, PODS } from '../api/resources.ts'
import { isActive, isReady, type Job, type Pod } from '../workloads.ts'
import type { Control } from './control.ts'
import { makePod } from './templates.ts'
import { controlled, writeStatus } from './writes.ts'

export function reconcileJob({ cluster }: Control, job: Job): void {
  if (job.metadata.deletionTimestamp !== undefined) return
  const before = controlled<Pod>(cluster, PODS, job)
  const succeeded = before.filter((pod) => pod.status.phase === 'Succeeded').length
  const wanted = job.spec.suspend === true ? 0 : Math.min(job.spec.parallelism, (job.spec.completions ?? 1) - succeeded)
  const labels = { 'job-name': job.metadata.name, 'batch.kubernetes.io/job-name': job.metadata.name }
  for (let count = before.filter(isActive).length; count < wanted; count += 1) makePod(cluster, job, JOBS, job.spec.template, { labels })
  const active = controlled<Pod>(cluster, PODS, job).filter(isActive)
  const startTime = job.status.startTime ?? cluster.now()
  const told = { active: active.length, succeeded }
  const counts = Object.fromEntries(Object.entries(told).filter(([, value]) => value > 0))
  const isDone = succeeded >= (job.spec.completions ?? 1)
  const completionTime = job.status.completionTime ?? cluster.now()
  const complete = {
    type: 'Complete',
    status: 'True' as const,
    lastTransitionTime: completionTime,
    reason: 'CompletionsReached',
    message: 'Reached expected number of succeeded pods',
  }
  writeStatus(cluster, JOBS, job, { startTime, ...counts, ready: active.filter(isReady).length, ...(isDone ? { completionTime, conditions: [complete] } : {}) })
}
