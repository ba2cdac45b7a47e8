/** The least rights that a config needs, type by type: what each adapter's declaration says of the blocks in use. Nothing connects. */
import type { PermissionSheet } from '../adapters/define.ts'
import type { LoadedConfig, ProviderBlock, TargetBlock } from '../config/model.ts'
import { sheetName } from '../state/shared/locks.ts'

type AnyBlock = ProviderBlock | TargetBlock

/** Sheets of providers first, then of targets and of a shared store, each type in the order of the config and each block once. */
export function gatherPermissions({ ns, state, credentials }: LoadedConfig): readonly PermissionSheet[] {
  const sheets = credentials.map(({ name }) => sheetName(ns, name))
  return [
    ...sheetsOf(credentials.map((credential) => credential.provider)),
    ...sheetsOf(credentials.flatMap((credential) => credential.targets)),
    ...(state?.declaration.permissions(state.settings, sheets) ?? []),
  ]
}

function sheetsOf(blocks: readonly AnyBlock[]): readonly PermissionSheet[] {
  const distinct = [...new Map(blocks.map((block) => [block.name, block])).values()]
  return [...Map.groupBy(distinct, (block) => block.type).values()].flatMap((same) => {
    const declaration = same[0]?.declaration
    return declaration?.permissions(same) ?? []
  })
}
