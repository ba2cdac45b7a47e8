/** Which running pods may hold an older key than the Secret does, in words that name them. */
import { FIXED, isIgnored, isOver, isYounger, ownersOf, shownName, waysOf, type Wanted, type Way } from './kubernetes-pods.ts'
import type { Promotion } from './kubernetes-secret.ts'
import type { Pod } from './kubernetes-shapes.ts'

export interface Rules {
  readonly wanted: Wanted
  /** `deployment/web`: whose pods keyrot restarts. Where some are named, any other pod is one that keyrot was not told of. */
  readonly workloads: readonly string[]
  readonly consumers: 'reread' | 'reload' | 'manual'
  readonly ignore: readonly string[]
  readonly tagName: string
}

/** A pod outside the named workloads, or one that is not surely younger than the promotion. What rereads a mounted file is neither. */
export function stragglersIn(pods: readonly Pod[], promotion: Promotion, rules: Rules): readonly string[] {
  return consumersIn(pods, rules).flatMap(({ pod, ways }) => {
    const why = isYounger(pod, promotion, rules.tagName) ? (isNamed(pod, rules) ? null : 'outside the named workloads') : 'older than the new key'
    return why === null ? [] : [`pod ${shownName(pod.metadata.name)} (${ways.join(', ')}, ${why})`]
  })
}

/** Pods that will not get a new value by what the config says: no restart of the named workloads reaches them, or they cannot read again. */
export function outsidersIn(pods: readonly Pod[], rules: Rules): readonly string[] {
  const outside = consumersIn(pods, rules).filter(({ pod }) => rules.consumers === 'reread' || !isNamed(pod, rules))
  return outside.map(({ pod, ways }) => `pod ${shownName(pod.metadata.name)} (${ways.join(', ')})`)
}

function consumersIn(pods: readonly Pod[], rules: Rules): readonly { readonly pod: Pod; readonly ways: readonly Way[] }[] {
  const running = pods.filter((pod) => !isOver(pod) && !isIgnored(pod, rules.ignore))
  return running.flatMap((pod) => {
    const ways = waysOf(pod.spec, rules.wanted).filter((way) => rules.consumers !== 'reread' || FIXED.includes(way))
    return ways.length === 0 ? [] : [{ pod, ways }]
  })
}

/** Without named workloads a pod's age alone decides: a person restarts them, or they reread. */
function isNamed(pod: Pod, { workloads }: Rules): boolean {
  return workloads.length === 0 || ownersOf(pod).some((owner) => workloads.includes(owner))
}
