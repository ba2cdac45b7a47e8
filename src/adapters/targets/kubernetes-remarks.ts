/** What a person should know of a Secret and its consumers before a run changes anything, and what stands against changing it. */
import type { Remark } from '../../ports/target.ts'
import { managersOf } from './kubernetes-elsewhere.ts'
import { hindrance } from './kubernetes-rollout.ts'
import { endsWithLineEnd, type SlotNames } from './kubernetes-secret.ts'
import type { SecretObject } from './kubernetes-shapes.ts'
import type { Workload } from './kubernetes-workloads.ts'

export interface Scene {
  /** `app/openai`, for people. */
  readonly shown: string
  /** The target's name in the config, for flags. */
  readonly target: string
  readonly names: SlotNames
  /** Whether the config names the fallback; else keyrot has chosen. */
  readonly chosen: boolean
  readonly secret: SecretObject
  readonly workloads: readonly Workload[]
  /** Whether a controller restarts pods whenever the Secret changes. */
  readonly watched: boolean
  readonly consumers: 'reread' | 'reload' | 'manual'
  /** Pods that will not get a new value by what the config says. */
  readonly outsiders: readonly string[]
}

/** What is said of an immutable Secret, before a run and in it. */
export const IMMUTABLE = {
  words: 'is immutable: its values can never be changed',
  wayOut: 'create a Secret of another name without `immutable`, point the workloads at it, and name it in the config',
} as const

export function remarksOn(scene: Scene): readonly Remark[] {
  return [...elsewhere(scene), ...fixed(scene), ...stuck(scene), ...copies(scene), ...restarts(scene), ...unreached(scene), ...lineEnd(scene)]
}

function elsewhere({ secret, shown, target }: Scene): readonly Remark[] {
  return managersOf(secret).map((who) => ({
    code: 'managed-elsewhere',
    severity: 'obstacle',
    message: `${who} seems to write the Secret ${shown}, and would put its own value back`,
    hint: `rotate the key where that gets it, or say that it does not write this data key: --managed-elsewhere ${target}`,
    managedElsewhere: true,
  }))
}

function fixed({ secret, shown }: Scene): readonly Remark[] {
  const { immutable, metadata } = secret
  const frozen: Remark = {
    code: 'immutable-secret',
    severity: 'obstacle',
    message: `the Secret ${shown} ${IMMUTABLE.words}`,
    hint: IMMUTABLE.wayOut,
  }
  const leaving: Remark = { code: 'secret-being-deleted', severity: 'obstacle', message: `the Secret ${shown} is being deleted` }
  return [...(immutable === true ? [frozen] : []), ...(metadata.deletionTimestamp === undefined ? [] : [leaving])]
}

/** Better before a key is minted than when its pods are to be restarted. */
function stuck({ workloads }: Scene): readonly Remark[] {
  return workloads.flatMap(({ name, kind, found }): Remark[] => {
    if (found === null) return [{ code: 'workload-missing', severity: 'obstacle', message: `${name} does not exist`, hint: 'correct `workloads`' }]
    const words = hindrance(kind, found)
    if (words === null) return []
    return [{ code: 'workload-stuck', severity: 'obstacle', message: `${name} ${words}`, hint: 'a restart would not reach every pod: change that first' }]
  })
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** Only whether there is a copy: what it says is never shown. */
function copies({ secret, shown, names }: Scene): readonly Remark[] {
  const text = secret.metadata.annotations[LAST_APPLIED]
  if (text === undefined || !holdsKey(text, names)) return []
  return [
    {
      code: 'last-applied-copy',
      severity: 'warning',
      message: `an annotation of the Secret ${shown} (${LAST_APPLIED}) holds a copy of a key, which outlives every rotation`,
      hint: `${commandTo(shown, `annotate secret NAME ${LAST_APPLIED}-`)}, and use kubectl apply --server-side from now on`,
    },
  ]
}

function commandTo(shown: string, command: string): string {
  const [namespace = '', name = ''] = shown.split('/')
  return `kubectl -n ${namespace} ${command.replace('NAME', name)}`
}

/** In doubt, yes: what cannot be read may hold a key. */
function holdsKey(text: string, { key, fallback }: SlotNames): boolean {
  try {
    const applied = JSON.parse(text) as { readonly data?: object | null; readonly stringData?: object | null }
    const keys = Object.keys({ ...applied.data, ...applied.stringData })
    return keys.includes(key) || (fallback !== null && keys.includes(fallback))
  } catch {
    return true
  }
}

/** A controller that watches restarts at every change of data: staging, promoting and clearing the fallback, or promoting alone. */
function restarts({ watched, chosen, names, workloads, shown }: Scene): readonly Remark[] {
  const own = workloads.length > 0 ? 1 : 0
  const costs = (writes: number): string => times((watched ? writes : 0) + own)
  const both = watched
    ? `with a fallback data key each rotation restarts its pods ${costs(3)}, with \`fallback: none\` ${costs(1)}`
    : `each rotation restarts its pods ${costs(0)}, with a fallback data key or without`
  const info: Remark = { code: 'restarts', severity: 'info', message: `${shown}: ${both}` }
  if (!watched) return own === 0 ? [] : [info]
  const says = `a controller (Reloader or Wave) restarts pods whenever the Secret ${shown} changes`
  if (names.fallback !== null && chosen)
    return [info, { code: 'reloader', severity: 'warning', message: says, hint: '`fallback: none` saves two restarts, and the way back' }]
  const kept = names.fallback === null && !chosen ? '; so no fallback data key is used' : ''
  return [
    info,
    {
      code: 'reloader',
      severity: 'info',
      message: `${says}${kept}`,
      ...(kept === '' ? {} : { hint: `\`fallback: ${names.key}_FALLBACK\` keeps the old key at hand` }),
    },
  ]
}

function times(count: number): string {
  return ['not at all', 'once', 'twice'][count] ?? `${count} times`
}

function unreached({ outsiders, consumers, shown }: Scene): readonly Remark[] {
  if (outsiders.length === 0) return []
  const more = outsiders.length > MOST_NAMES ? ` and ${outsiders.length - MOST_NAMES} more` : ''
  const blocks = `will stand against revoking the old key: ${outsiders.slice(0, MOST_NAMES).join(', ')}${more}`
  const fixed: Remark = {
    code: 'cannot-reread',
    severity: 'warning',
    message: `pods take the key from the Secret ${shown} in a way that never changes while they run, and until they are restarted they ${blocks}`,
    hint: 'name their workloads in `workloads`, or restart them yourself',
  }
  const unnamed: Remark = {
    code: 'unnamed-consumers',
    severity: 'warning',
    message: `pods outside the named workloads use the Secret ${shown}, and ${blocks}`,
    hint: 'name their workloads in `workloads`, or take them out by `ignoreConsumers`',
  }
  return [consumers === 'reread' ? fixed : unnamed]
}

/** Enough names to act on. */
const MOST_NAMES = 5

function lineEnd({ secret, names, shown }: Scene): readonly Remark[] {
  if (!endsWithLineEnd(secret, names.key)) return []
  return [
    {
      code: 'line-end',
      severity: 'info',
      message: `the data key ${names.key} of ${shown} ends with a line end; keyrot reads the key without it and writes none`,
    },
  ]
}
