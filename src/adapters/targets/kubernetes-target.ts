/** The target of one block of the config: a Secret, and the workloads that take the key from it. */
import { KeyrotError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/system.ts'
import type { Right } from '../../ports/provider.ts'
import type { Assignment, Observation, Progress, Remark, Target, TargetTraits } from '../../ports/target.ts'
import type { TargetSurroundings } from '../define.ts'
import { openCluster, type ClusterApi } from './kubernetes-api.ts'
import { changedMeanwhile, refused } from './kubernetes-errors.ts'
import { isWatched } from './kubernetes-reloaders.ts'
import { IMMUTABLE, remarksOn } from './kubernetes-remarks.ts'
import { rightsOf } from './kubernetes-rights.ts'
import { observed, promotionOf, slotPatch, tagNameOf, unmarkPatch, type SlotNames, type SlotPatch } from './kubernetes-secret.ts'
import { consumersOf, usualFallback, type Settings } from './kubernetes-settings.ts'
import { podPage, secretShape, type Pod, type SecretObject } from './kubernetes-shapes.ts'
import { outsidersIn, stragglersIn, type Rules } from './kubernetes-stragglers.ts'
import { openWorkloads, type WorkloadName, type Workloads } from './kubernetes-workloads.ts'

/** Signs in to the cluster, once for all targets of it, and asks it nothing else. */
export async function openTarget(name: string, settings: Settings, around: TargetSurroundings): Promise<Target> {
  const open = (): Promise<ClusterApi> => openCluster(settings, around)
  const api = await (around.shared?.(JSON.stringify(['kubernetes', settings.kubeconfig, settings.context]), open) ?? open())
  const parts = { name, settings, api, clock: around.clock }
  return consumersOf(settings) === 'reload' ? new RestartingTarget(parts) : new KubernetesTarget(parts)
}

interface Parts {
  readonly name: string
  readonly settings: Settings
  readonly api: ClusterApi
  readonly clock: Clock
}

class KubernetesTarget implements Target {
  readonly type = 'kubernetes'
  readonly traits: TargetTraits
  protected readonly settings: Settings
  protected readonly workloads: Workloads
  protected readonly clock: Clock
  readonly #name: string
  readonly #api: ClusterApi
  readonly #tagName: string
  #fallback: string | null
  #decided: boolean

  constructor({ name, settings, api, clock }: Parts) {
    const { key, fallback, namespace, secret, workloads = [] } = settings
    this.settings = settings
    this.clock = clock
    this.#name = name
    this.#api = api
    this.#tagName = tagNameOf(secret, key)
    this.workloads = openWorkloads(api, namespace, workloads as WorkloadName[], this.#tagName)
    this.#decided = fallback !== undefined
    this.#fallback = fallback === 'none' ? null : (fallback ?? usualFallback(key))
    const hasFallback = (): boolean => this.#fallback !== null
    this.traits = {
      reads: 'value',
      get fallback() {
        return hasFallback()
      },
      consumers: consumersOf(settings) ?? 'manual',
      record: `kubernetes:${api.server.host}${api.server.pathname.replace(/\/+$/, '')}/${namespace}/${secret}`,
    }
  }

  async observe(): Promise<Observation> {
    return observed(await this.#look(), this.#slots)
  }

  async write(assignment: Assignment, revision: string | null): Promise<void> {
    const valid = revision ?? (await this.#look()).metadata.resourceVersion
    if (assignment.fallback != null && this.#fallback === null)
      throw refused('KR_KUBERNETES_NO_FALLBACK', `the Secret ${this.#shown} has no fallback data key: \`fallback\` is \`none\``)
    const patch = slotPatch(assignment, this.#slots, valid)
    if (patch !== null) await this.#patch(patch, valid)
  }

  async unmark(revision: string | null): Promise<void> {
    const valid = revision ?? (await this.#look()).metadata.resourceVersion
    await this.#patch(unmarkPatch(this.#slots, valid), valid)
  }

  async stragglers(): Promise<readonly string[]> {
    const [secret, pods] = await Promise.all([this.#look(), this.#pods()])
    return stragglersIn(pods, promotionOf(secret, this.settings.key), this.#rules)
  }

  async remarks(): Promise<readonly Remark[]> {
    const [secret, workloads, pods] = await Promise.all([this.#look(), this.workloads.look(), this.#pods().catch(unlessForbidden)])
    return remarksOn({
      shown: this.#shown,
      target: this.#name,
      names: this.#slots,
      chosen: this.settings.fallback !== undefined,
      secret,
      workloads,
      watched: isWatched(secret, workloads, this.#rules.wanted),
      outsiders: outsidersIn(pods, this.#rules),
      consumers: this.traits.consumers,
    })
  }

  rights(): Promise<readonly Right[]> {
    const { namespace, secret, workloads = [] } = this.settings
    return rightsOf(this.#api, { namespace, secret, workloads })
  }

  /** The promotion of this key, as the Secret dates it now. */
  protected async promotion(marker: string): Promise<ReturnType<typeof promotionOf>> {
    return promotionOf(await this.#look(), this.settings.key, marker)
  }

  get #shown(): string {
    return `${this.settings.namespace}/${this.settings.secret}`
  }

  get #path(): string {
    return `/api/v1/namespaces/${this.settings.namespace}/secrets/${this.settings.secret}`
  }

  get #slots(): SlotNames {
    return { key: this.settings.key, fallback: this.#fallback }
  }

  get #rules(): Rules {
    const { key, fallback, secret, workloads = [], ignoreConsumers = [] } = this.settings
    const keys = fallback === 'none' ? [key] : [key, fallback ?? usualFallback(key)]
    return { wanted: { secret, keys }, workloads, consumers: this.traits.consumers, ignore: ignoreConsumers, tagName: this.#tagName }
  }

  async #look(): Promise<SecretObject> {
    const reading = this.#api.read(secretShape, this.#path, `reading the Secret ${this.#shown}`).catch((error: unknown) => this.#missing(error))
    if (this.#decided) return reading
    const [secret, workloads] = await Promise.all([reading, this.workloads.look().catch(unlessForbidden)])
    return this.#decide(secret, isWatched(secret, workloads, this.#rules.wanted))
  }

  /** Decided at the first look and kept: a slot in use stays one, whoever begins to watch the Secret meanwhile. */
  #decide(secret: SecretObject, watched: boolean): SecretObject {
    this.#decided = true
    if (watched && this.#fallback !== null && (secret.data[this.#fallback] ?? '') === '') this.#fallback = null
    return secret
  }

  #pods(): Promise<readonly Pod[]> {
    const { namespace } = this.settings
    return this.#api.list(podPage, `/api/v1/namespaces/${namespace}/pods`, {}, `listing the pods of namespace ${namespace}`)
  }

  #missing(error: unknown): never {
    if (!(error instanceof KeyrotError) || error.kind !== 'not-found') throw error
    const { namespace, secret, key } = this.settings
    const hint = `check the name, the namespace and the context; keyrot creates none: kubectl -n ${namespace} create secret generic ${secret} --from-file=${key}=FILE`
    throw new KeyrotError({
      code: 'KR_KUBERNETES_NO_SECRET',
      kind: 'not-found',
      message: `there is no Secret ${this.#shown}`,
      facts: error.facts,
      hints: [hint],
    })
  }

  async #patch({ owner, body }: SlotPatch, revision: string): Promise<void> {
    const sent = this.#api.patch(this.#path, owner, body, `changing the Secret ${this.#shown}`)
    await sent.catch((error: unknown) => this.#explain(error, revision))
  }

  /** A 422 says why only in a text that quotes the Secret: the reasons that can be seen are looked up instead. */
  async #explain(error: unknown, revision: string): Promise<never> {
    if (!(error instanceof KeyrotError) || error.kind !== 'rejected') throw error
    const { immutable, metadata } = await this.#look()
    if (metadata.resourceVersion !== revision) throw changedMeanwhile(this.#shown)
    if (immutable !== true) throw error
    throw refused('KR_KUBERNETES_IMMUTABLE', `the Secret ${this.#shown} ${IMMUTABLE.words}`, IMMUTABLE.wayOut)
  }
}

/** A target whose named workloads keyrot restarts. */
class RestartingTarget extends KubernetesTarget {
  async reload(marker: string): Promise<void> {
    await this.workloads.restart(this.promotion(marker), this.clock.now())
  }

  async reloaded(marker: string): Promise<Progress> {
    return this.workloads.restarted(this.promotion(marker))
  }
}

/** Without a right to look, there is nothing to say; the right itself is told as missing. */
function unlessForbidden(error: unknown): readonly never[] {
  if (error instanceof KeyrotError && error.kind === 'forbidden') return []
  throw error
}
