/** What the audit judges: plain facts, gathered by `status.ts`. A fact that could not be read is a gap with a code, never a guess. */
import type { Ms } from '../domain/duration.ts'
import type { Policy } from '../domain/policy.ts'
import type { OutstandingNote, RunNote } from '../domain/record.ts'
import type { SlotRole } from '../domain/run.ts'
import type { StatusOrphan } from '../domain/status.ts'
import type { Administrator, Guards } from '../ports/provider.ts'
import type { RecordCondition } from '../ports/system.ts'
import type { UnclearCode } from '../flow/assess.ts'
import type { KnownKey } from '../flow/identify.ts'

/** A key without its value: what may be judged and told. */
export type KeyFacts = Pick<KnownKey, 'id' | 'name' | 'fingerprint' | 'listed'>

export interface TargetFacts {
  readonly name: string
  readonly type: string
  readonly current: SlotRole
  readonly fallback: SlotRole
  /** The key in the `current` slot, where one is seen. */
  readonly key: KeyFacts | null
  /** Whether the fallback slot holds a key of this credential, whatever its part. */
  readonly ownFallback: boolean
  /** Code of the error that kept it from being read. */
  readonly unread: string | null
}

/** A slot somewhere in the config that holds a key which this credential holds, too. */
export interface Holder {
  readonly credential: string
  readonly target: string
  /** `null` where the config does not say. */
  readonly environment: string | null
}

/** A key that should be quiet: consumers have another one. */
export interface OldKey {
  readonly key: KeyFacts
  /** When the last target was given its successor, by the clock of the target or of the provider. */
  readonly replacedAt: Ms
  /** What was called with it since then, as far as the provider has counted it. */
  readonly calls: readonly string[]
  /** Running consumers that still hold it, as far as the targets see them. */
  readonly consumers: readonly string[]
}

/** A key that should be dead: put to use once, no longer wanted, alive. */
export interface OutstandingKey extends Pick<OutstandingNote, 'key'> {
  readonly createdAt: Ms | null
  /** Known by its name alone, which permits keyrot no deletion. */
  readonly byName?: boolean
}

/** What the journal of the open run says. */
export interface RunTale {
  /** How often it was taken up. */
  readonly tries: number
  /** Code of the last thing that went wrong or was waited for. */
  readonly lastCode: string | null
}

export type Gap = { readonly unreadable: string }

export interface CredentialFacts {
  readonly name: string
  readonly policy: Policy
  /** The provider's clock where it can be asked, else our own. */
  readonly now: Ms
  readonly situation: 'settled' | 'empty' | 'open' | UnclearCode
  readonly generation: number
  /** With its error's code where even the condition is not known. */
  readonly record: RecordCondition | Gap
  readonly run: RunNote | null
  readonly tale: RunTale | null
  /** When the open run began, as far as the world shows it: the birth of the new key. */
  readonly openSince: Ms | null
  /** Keys that consumers are given now; the first stands for the credential. */
  readonly inUse: readonly KeyFacts[]
  /** Birth of the oldest key that this credential still has to leave behind. */
  readonly bornAt: Ms | null
  /** `none`: the provider has no listing. */
  readonly listing: 'complete' | 'none' | Gap
  readonly old: OldKey | null
  readonly outstanding: readonly OutstandingKey[]
  readonly holders: readonly Holder[]
  readonly orphans: readonly StatusOrphan[]
  /** Committed keys of ours that may be in a slot which cannot be seen. */
  readonly unplaced: number
  readonly targets: readonly TargetFacts[]
}

export interface ProviderFacts {
  readonly name: string
  readonly project: string | null
  readonly now: Ms
  /** Of the credentials that are born here: the longest age and horizon they allow. */
  readonly maxAge: Ms
  readonly safetyHorizon: Ms
  /** Projects that the config names, under any provider. */
  readonly projects: readonly string[]
  /** `none`: the provider cannot be asked. */
  readonly guards: Guards | 'none' | Gap | Denied
  readonly administrator: Administrator | 'unknown' | 'none' | Gap | Denied
}

/** A right that the admin key was not given: a choice, not a failure. */
export type Denied = { readonly denied: string }

/** When a rotation is due: counted from the birth of the oldest key to the death of the old one. */
export function dueAt(facts: Pick<CredentialFacts, 'bornAt' | 'policy'>): Ms | null {
  return facts.bornAt === null ? null : facts.bornAt + facts.policy.maxAge
}
