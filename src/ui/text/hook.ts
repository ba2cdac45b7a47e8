/** `hook install` and `hook uninstall` for people. */
import type { HookChange, HookReport } from '../../domain/hook.ts'
import { printable } from '../../domain/printable.ts'

const CHANGES: Readonly<Record<HookChange['change'], string>> = {
  added: 'keyrot added, before anything else',
  renewed: 'keyrot’s lines renewed',
  unchanged: 'keyrot is in it already',
  removed: 'as it was before keyrot',
}

export function hookLines({ keeper, changes, next }: HookReport): string[] {
  const files = changes.map(({ hooks, file, change }) => `${hooks.join(', ')}: ${CHANGES[change]} (${printable(file)})`)
  if (keeper === null) return files.length === 0 ? ['keyrot is in no hook of this repository'] : files
  const rest = next.length === 0 ? [] : ['', `${keeper} starts it once this was run:`, ...next.map((command) => `  ${command}`)]
  return [...files, ...rest, '', 'from now on a commit or a push that holds a key is refused, and told why']
}
