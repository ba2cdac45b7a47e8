/** What keyrot's part of a hook says, in the language of every shell that git runs hooks with. */
import type { HookName } from '../../domain/hook.ts'
import { marked } from './block.ts'

export const HOOKS: readonly HookName[] = ['pre-commit', 'pre-push']

/** Where keyrot is when it is not on the PATH: this installation, for a hook that stays on this machine; the project's own, for one that is shared. */
export type Fallback = { readonly node: string; readonly bin: string } | 'project'

/** A folder beside the hooks for one that is no shell script: it keeps its name, and is started after keyrot. */
export const KEPT = 'keyrot-kept'

/** Marked lines that refuse what holds a key, and otherwise let the script go on as if they were not there. */
export function blockFor(hook: HookName, fallback: Fallback, startsKept = false): string {
  return marked([...finding(hook, fallback), ...SCANS[hook], ...(startsKept ? starting(hook) : [])])
}

const SCANS: Readonly<Record<HookName, readonly string[]>> = {
  'pre-commit': ['keyrot_run scan --staged || exit 1'],
  // Git tells on stdin what is pushed; what comes after these lines must find it there too.
  'pre-push': [
    'keyrot_pushed=$(cat)',
    String.raw`printf '%s\n' "$keyrot_pushed" | keyrot_run scan --push="${'$'}{1:-origin}" || exit 1`,
    'if [ -n "$keyrot_pushed" ]; then exec <<KEYROT_PUSHED',
    '$keyrot_pushed',
    'KEYROT_PUSHED',
    'else exec </dev/null; fi',
  ],
}

/** Without keyrot nothing looked for keys: that is told, and refused (docs/decisions/0018-a-guard-that-is-missing.md). */
function finding(hook: HookName, fallback: Fallback): readonly string[] {
  const [what, how] = hook === 'pre-commit' ? ['commit', 'git commit --no-verify'] : ['push', 'git push --no-verify']
  return [
    'keyrot_run() {',
    '  if command -v keyrot >/dev/null 2>&1; then keyrot "$@"',
    ...otherwise(fallback),
    '  else',
    `    echo 'keyrot is not on the PATH: nothing looked for keys, so this ${what} is refused.' >&2`,
    `    echo 'Install keyrot, or go on without it this once: ${how}' >&2`,
    '    return 127',
    '  fi',
    '}',
  ]
}

function otherwise(fallback: Fallback): readonly string[] {
  if (fallback === 'project') return ['  elif [ -x node_modules/.bin/keyrot ]; then node_modules/.bin/keyrot "$@"']
  const [node, bin] = [quoted(fallback.node), quoted(fallback.bin)]
  return [`  elif [ -x ${node} ] && [ -f ${bin} ]; then ${node} ${bin} "$@"`]
}

function starting(hook: HookName): readonly string[] {
  return [`keyrot_kept=$(dirname "$0")/${KEPT}/${hook}`, '[ ! -x "$keyrot_kept" ] || exec "$keyrot_kept" "$@"']
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`
