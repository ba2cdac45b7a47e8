/** The target of one block of the config: a secret, looked at and written through its store. */
import { Secret } from '../../domain/secret.ts'
import type { Right } from '../../ports/provider.ts'
import type { Assignment, Held, Observation, Remark, Target, TargetTraits } from '../../ports/target.ts'
import type { TargetSurroundings } from '../define.ts'
import { addressOf, recordOf } from './aws-secrets-manager-address.ts'
import { changed } from './aws-secrets-manager-errors.ts'
import { lookAt, ownLabels, slotsIn, type OwnLabels, type Version } from './aws-secrets-manager-look.ts'
import { planWrite } from './aws-secrets-manager-plan.ts'
import { remarksOn, rightsOn } from './aws-secrets-manager-remarks.ts'
import { jsonField, wholeText, type Spot } from './aws-secrets-manager-spot.ts'
import { openStore, type Store } from './aws-secrets-manager-store.ts'
import { carryOut } from './aws-secrets-manager-write.ts'
import type { Settings } from './aws-secrets-manager-settings.ts'

export class AwsTarget implements Target {
  readonly type = 'aws-secrets-manager'
  readonly traits: TargetTraits
  readonly #store: Store
  readonly #own: OwnLabels
  readonly #spot: Spot
  readonly #given: string
  readonly #field: string | null

  constructor(settings: Settings, around: TargetSurroundings) {
    const address = addressOf(settings)
    this.traits = { reads: 'value', fallback: true, consumers: settings.consumers, record: recordOf(address) }
    this.#store = openStore(settings, around)
    this.#own = ownLabels(around.ns, around.credential)
    this.#spot = settings.field === undefined ? wholeText(address.name) : jsonField(address.name, settings.field)
    this.#given = settings.secret
    this.#field = settings.field ?? null
  }

  async observe(): Promise<Observation> {
    const seen = await lookAt(this.#store, this.#given, this.#own)
    const [slot = null] = slotsIn(seen, ({ text }) => this.#spot.read(text.reveal()))
    const fallback = seen.current === null ? null : this.#held(slot)
    return { current: this.#held(seen.current), fallback, since: seen.since, revision: seen.revision }
  }

  async write(assignment: Assignment, revision: string | null): Promise<void> {
    const seen = await lookAt(this.#store, this.#given, this.#own)
    if (revision !== null && revision !== seen.revision) throw changed(this.#store.name)
    await carryOut(planWrite(seen, assignment, this.#spot, this.#own, this.#store.name), seen, this.#field, this.#store)
  }

  remarks(): Promise<readonly Remark[]> {
    return remarksOn(this.#store)
  }

  rights(): Promise<readonly Right[]> {
    return rightsOn(this.#store)
  }

  #held(version: Version | null): Held {
    const value = version === null ? null : this.#spot.read(version.text.reveal())
    return value === null ? { is: 'absent' } : { is: 'value', secret: new Secret(value) }
  }
}
