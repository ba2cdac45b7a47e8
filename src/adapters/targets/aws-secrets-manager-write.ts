/** Carries a plan out, call by call. What another writer did in between is a conflict, and stays. */
import { KeyrotError } from '../../domain/errors.ts'
import { changed } from './aws-secrets-manager-errors.ts'
import { holdersOf, versionIdFor, type Look } from './aws-secrets-manager-look.ts'
import type { Make, Ref, Step } from './aws-secrets-manager-plan.ts'
import type { Store } from './aws-secrets-manager-store.ts'

/** So often an id may be in use for another text before keyrot gives up. */
const AGAIN = 8

/** Throws `conflict` where the secret is no longer what the plan was made on. Whatever was done by then is found again by the next plan. */
export async function carryOut(steps: readonly Step[], seen: Look, field: string | null, store: Store): Promise<void> {
  const made = new Map<'current' | 'fallback', string>()
  const labelled = new Map<string, string>()
  const id = (ref: Ref): string => ('id' in ref ? ref.id : (made.get(ref.made) ?? ''))
  for (const step of steps) {
    if (step.do === 'make') {
      const version = await make(step, seen, field, store)
      made.set(step.as, version.id)
      for (const label of version.labels) labelled.set(label, version.id)
      // the replay of a version that is there already moves no labels
      if (!version.labels.includes(step.label)) await relabel(store, step.label, version.id, step.from)
    } else if (step.do === 'drop') await relabel(store, step.label, null, id(step.from))
    // the first version of a secret becomes current by itself
    else if (labelled.get(step.label) !== id(step.to)) await relabel(store, step.label, id(step.to), step.from === null ? null : id(step.from))
  }
}

interface Made {
  readonly id: string
  readonly labels: readonly string[]
}

/** Makes the version, or finds it made by an earlier try, and reads it back by its id. */
async function make(step: Make, seen: Look, field: string | null, store: Store): Promise<Made> {
  for (let again = 0; again < AGAIN; again += 1) {
    const id = versionIdFor(step.marker, seen.arn, field, seen.current?.id ?? null, again)
    if (!(await put(store, id, step))) continue
    const back = await store.get(id)
    if (back.text?.equals(step.text) === true) return { id, labels: back.labels }
    throw new KeyrotError({
      code: 'KR_AWS_READ_BACK',
      kind: 'rejected',
      message: `secret ${store.name}: the version that was written reads back as something else`,
    })
  }
  throw new KeyrotError({ code: 'KR_AWS_TAKEN', kind: 'rejected', message: `secret ${store.name}: every version id for this key is in use for another text` })
}

/** Whether the id holds our text now; `false` where it is in use for another. */
async function put(store: Store, id: string, { text, label }: Make): Promise<boolean> {
  try {
    await store.put(id, text, label)
    return true
  } catch (error) {
    if (codeOf(error) === 'ResourceExistsException') return false
    throw error
  }
}

/** Moves or takes off a label as a compare-and-swap. A refusal is looked into: it may be done already, or somebody else was first. */
async function relabel(store: Store, label: string, to: string | null, from: string | null): Promise<void> {
  try {
    await store.label(label, to, from)
  } catch (error) {
    if (!REFUSALS.includes(codeOf(error))) throw error
    const holder = holdersOf(await store.describe()).get(label) ?? null
    if (holder === to) return
    throw holder === from ? error : changed(store.name)
  }
}

/** How AWS says that a label is not where RemoveFromVersionId says, or that the version to move it to is gone. */
const REFUSALS: readonly string[] = ['InvalidParameterException', 'ResourceNotFoundException']

function codeOf(error: unknown): string {
  return error instanceof KeyrotError ? (error.facts.providerCode ?? '') : ''
}
