/** How far a rollout may go above and below the wanted number of pods (`ResolveFenceposts` of `deployment/util`). */
import type { Deployment, IntOrPercent } from '../workloads.ts'

export function scaled(value: IntOrPercent | undefined, total: number, round: (value: number) => number): number {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  const percent = /^(\d+)%$/.exec(value)?.[1]
  return percent === undefined ? Number(value) || 0 : round((Number(percent) * total) / 100)
}

/** Surge is rounded up, unavailability down; both zero would never move, so one pod may then be missing. */
export function resolved({ spec }: Deployment): { readonly maxSurge: number; readonly maxUnavailable: number } {
  const { maxSurge, maxUnavailable } = spec.strategy.rollingUpdate ?? {}
  const surge = scaled(maxSurge, spec.replicas, Math.ceil)
  const unavailable = scaled(maxUnavailable, spec.replicas, Math.floor)
  const least = surge === 0 && unavailable === 0 ? 1 : unavailable
  return { maxSurge: surge, maxUnavailable: Math.min(least, spec.replicas) }
}
