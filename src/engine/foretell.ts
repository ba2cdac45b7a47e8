/** What an incident would do, for the one question before it: a look and nothing else. */
import type { IncidentForecast } from '../domain/run.ts'
import { blankRecord, Book } from '../flow/book.ts'
import { freshFacts, Memory } from '../flow/context.ts'
import type { IncidentOrder, RunOptions, Workspace } from '../ports/workspace.ts'
import { credentialOf } from './credential.ts'
import { leakedKeys } from './declaring.ts'
import { lookAround, rolesOf, type Ground } from './opening.ts'
import { withinReach } from './reachable.ts'
import { standStill } from './still.ts'

/** Looks at one credential. Never throws for a world that is unclear: the incident itself says what is wanted then. */
export async function foretell(ws: Workspace, name: string, options: RunOptions, order: IncidentOrder): Promise<IncidentForecast> {
  const credential = credentialOf(ws, name)
  const still = standStill(ws)
  const loaded = await ws.records.load(name)
  const record = loaded.record ?? blankRecord(ws.ns, name, ws.clock.now())
  const book = new Book({ records: still.records, clock: still.clock, watch: still.watch, record, revision: loaded.revision })
  const whole: Ground = { ws: still, credential, options, book, memory: new Memory(), facts: freshFacts(loaded.record !== null), debts: [] }
  const ground = await withinReach(whole)
  const { situation } = await lookAround(ground)
  return {
    credential: name,
    leaked: leakedKeys(order, rolesOf(situation), situation.slots, record.run?.incident),
    targets: ground.credential.targets.map((bound) => bound.name),
    unreachable: ground.debts,
    restarts: ground.credential.targets.filter(({ target }) => target.reload !== undefined).map((bound) => bound.name),
    manual: ground.credential.targets.filter(({ target }) => target.traits.consumers === 'manual').map((bound) => bound.name),
    byApi: credential.provider.mint !== undefined,
    severFirst: order.severFirst,
  }
}
