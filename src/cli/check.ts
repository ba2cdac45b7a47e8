/** What `check` looks at: every right that the config's providers and targets can test without changing anything. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { toKeyrotError } from '../domain/errors.ts'
import type { Right } from '../ports/provider.ts'
import type { Remark } from '../ports/target.ts'
import type { Workspace } from '../ports/workspace.ts'
import type { CheckLine } from '../ui/text/check.ts'

type Tested = { readonly rights?: () => Promise<readonly Right[]>; readonly remarks?: () => Promise<readonly Remark[]> }

/** Where state is kept: a folder, or a store that answers for itself. */
export interface StatePlace {
  readonly stateDir: string
  readonly stateRights: (() => Promise<readonly Right[]>) | null
}

/** One line per right, providers first, each provider and record once. */
export async function gatherRights(ws: Workspace, { stateDir, stateRights }: StatePlace): Promise<CheckLine[]> {
  const providers = ws.credentials.map(({ name, provider }) => ({
    where: `${name}: ${provider.type}`,
    port: provider as Tested,
    // Nothing is asked of a provider where a person does it all.
    why: provider.mint === undefined ? 'a person makes and deletes keys at the provider; keyrot tests each key it is given' : undefined,
  }))
  const targets = ws.credentials.flatMap((credential) =>
    credential.targets.map((bound) => ({ where: `${credential.name}: ${bound.name}`, port: bound.target as Tested, why: undefined })),
  )
  const tested = await Promise.all([...providers, ...targets].map(({ where, port, why }) => linesOf(where, port, why)))
  const state = stateRights === null ? [await stateLine(stateDir)] : await linesOf('state', { rights: stateRights }, undefined)
  return [...state, ...tested.flat()]
}

async function linesOf(where: string, port: Tested, why: string | undefined): Promise<CheckLine[]> {
  if (port.rights === undefined) return [{ where, what: 'rights', state: 'untestable', ...(why === undefined ? {} : { hint: why }) }]
  try {
    const [rights, remarks] = await Promise.all([port.rights(), port.remarks?.() ?? []])
    const obstacles = remarks.filter((remark) => remark.severity === 'obstacle').map(asLine)
    return [...rights, ...obstacles].map((right) => ({ where, ...right }))
  } catch (error) {
    const failure = toKeyrotError(error)
    if (failure.kind === 'bug' || failure.kind === 'interrupted') throw error
    return [{ where, what: failure.message, state: 'missing', ...(failure.hints[0] === undefined ? {} : { hint: failure.hints[0] }) }]
  }
}

/** What stands against writing weighs as much as a right that is missing. */
function asLine({ message, hint }: Remark): Right {
  return { what: message, state: 'missing', ...(hint === undefined ? {} : { hint }) }
}

/** The state folder, or the folder it would be made in. */
async function stateLine(stateDir: string): Promise<CheckLine> {
  const folder = await stat(stateDir).then(
    () => stateDir,
    () => dirname(stateDir),
  )
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
  const line = { where: 'state', what: 'runs can be recorded in the state folder' }
  return writable ? { ...line, state: 'proven' } : { ...line, state: 'missing', hint: 'name a writable folder with --state' }
}
