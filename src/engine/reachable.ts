/** What an incident can reach: a target that is down holds up neither the others nor the revocation. */
import { toKeyrotError } from '../domain/errors.ts'
import { SECOND } from '../domain/duration.ts'
import { listAll } from '../flow/survey.ts'
import type { Observation } from '../ports/target.ts'
import type { BoundTarget } from '../ports/workspace.ts'
import type { Ground } from './opening.ts'

const PAUSE = SECOND / 2

/** The same ground without the targets that cannot be read, or that failed before in this invocation: they are its debts. Finding out is a survey. */
export async function withinReach(ground: Ground): Promise<Ground> {
  const { credential, facts, ws } = ground
  const looks = credential.targets.map(async (bound) => [bound.name, facts.fallen.has(bound.name) ? null : await seenAtAll(ground, bound)] as const)
  const [listing, found] = await Promise.all([listAll(credential), Promise.all(looks)])
  const observations = new Map(found.flatMap(([name, seen]) => (seen === null ? [] : [[name, seen] as const])))
  const debts = credential.targets.map(({ name }) => name).filter((name) => !observations.has(name))
  for (const name of debts) facts.fallen.add(name)
  const reached = { ...credential, targets: credential.targets.filter(({ name }) => observations.has(name)) }
  return { ...ground, debts, credential: reached, seen: { listing, observations, at: ws.clock.now() } }
}

/** Names of the targets that do not answer. */
export async function silentAmong(ground: Pick<Ground, 'ws'>, targets: readonly BoundTarget[]): Promise<readonly string[]> {
  const seen = await Promise.all(targets.map(async (bound) => seenAtAll(ground, bound)))
  return targets.filter((_, at) => seen[at] === null).map(({ name }) => name)
}

/** One passing fault is forgiven. */
async function seenAtAll({ ws }: Pick<Ground, 'ws'>, { target }: BoundTarget): Promise<Observation | null> {
  for (const last of [false, true]) {
    try {
      return await target.observe()
    } catch (thrown) {
      const { kind } = toKeyrotError(thrown)
      if (kind === 'interrupted' || kind === 'bug') throw thrown
      if (!last) await ws.clock.sleep(PAUSE)
    }
  }
  return null
}
