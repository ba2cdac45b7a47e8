/** Where the hooks of a repository are kept, and by whom. */
import { access } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { KeyrotError } from '../../domain/errors.ts'
import type { HookKeeper } from '../../domain/hook.ts'
import { textOf, type Git } from '../git/process.ts'

export const KEEPERS: readonly HookKeeper[] = ['git', 'husky', 'lefthook', 'pre-commit']

export interface HookPlace {
  /** Top of the work tree. */
  readonly top: string
  /** The folder that git starts hooks from: `core.hooksPath`, or that of the repository, which its work trees share. */
  readonly folder: string
  /** Whether the folder is in the work tree, and so may be committed and shared. */
  readonly shared: boolean
  /** Whether other repositories use the folder too: `core.hooksPath` is a setting of the user or of the machine. */
  readonly everywhere: boolean
  /** Files of hook tools, whichever are there. */
  readonly lefthook: string | null
  readonly preCommit: string | null
  readonly husky: string | null
}

const LEFTHOOK_FILES = ['lefthook.yml', 'lefthook.yaml', '.lefthook.yml', '.lefthook.yaml', '.config/lefthook.yml', '.config/lefthook.yaml']

/** Looks around the repository that `cwd` is in. Throws `KR_GIT_NONE`, `KR_HOOK_BARE`. */
export async function findPlace(git: Git, cwd: string): Promise<HookPlace> {
  const [bare, path = ''] = (await textOf(git('rev-parse', '--is-bare-repository', '--git-path', 'hooks'))).split('\n')
  if (bare === 'true')
    throw new KeyrotError({ code: 'KR_HOOK_BARE', kind: 'usage', message: 'a bare repository has no commits made in it, and no hooks for them' })
  const top = (await textOf(git('rev-parse', '--show-toplevel'))).replace(/\n$/, '')
  const folder = resolve(cwd, path)
  const scope = await scopeOf(git)
  const inside = relative(top, folder)
  return {
    top,
    folder,
    shared: scope !== null && !isAbsolute(inside) && !inside.startsWith('..') && !/^\.git(?:\/|$)/.test(inside),
    everywhere: scope === 'global' || scope === 'system',
    lefthook: await firstOf(top, LEFTHOOK_FILES),
    preCommit: await firstOf(top, ['.pre-commit-config.yaml']),
    husky: await firstOf(top, ['.husky']),
  }
}

/** Where `core.hooksPath` is set: `local`, `worktree`, `global`, `system`, `command`; `null` = it is not. */
async function scopeOf(git: Git): Promise<string | null> {
  const settings = await textOf(git('config', '--show-scope', '--null', '--list'))
  // Pairs of scope and `name LF value`; the last one counts.
  const fields = settings.split('\0')
  const at = fields.findLastIndex((field, index) => index % 2 === 1 && field.startsWith('core.hookspath\n'))
  return at === -1 ? null : (fields[at - 1] ?? null)
}

async function firstOf(top: string, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const file = join(top, name)
    const there = await access(file).then(
      () => true,
      () => false,
    )
    if (there) return file
  }
  return null
}

/** Who keeps the hooks here. Throws `KR_HOOK_WHICH` where two tools do. */
export function keeperOf({ lefthook, preCommit, husky }: HookPlace): HookKeeper {
  const found = [lefthook === null ? [] : ['lefthook'], preCommit === null ? [] : ['pre-commit'], husky === null ? [] : ['husky']].flat() as HookKeeper[]
  if (found.length < 2) return found[0] ?? 'git'
  throw new KeyrotError({
    code: 'KR_HOOK_WHICH',
    kind: 'refused',
    message: `more than one tool keeps hooks here: ${found.join(', ')}`,
    hints: found.map((keeper) => `keyrot hook install --with ${keeper}`),
  })
}
