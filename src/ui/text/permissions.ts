/** `permissions` for people: one document after the other, each under its title. */
import { printable } from '../../domain/printable.ts'
import type { PermissionSheet } from '../../ports/provider.ts'

const LONGEST = 2_000

/** Lines keep their indent and are never wrapped: a policy that fits the terminal would be none. */
export function permissionLines(sheets: readonly PermissionSheet[]): string[] {
  return sheets.flatMap(({ title, body }, at) => [...(at === 0 ? [] : ['']), `# ${printable(title)}`, ...body.trimEnd().split('\n').map(harmless)])
}

function harmless(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ''}${printable(line, LONGEST)}`
}
