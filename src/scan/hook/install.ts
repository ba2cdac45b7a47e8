/** Puts keyrot into the hooks of a repository, whoever keeps them, and takes it out again. */
import { readFile, realpath, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { KeyrotError } from '../../domain/errors.ts'
import type { HookChange, HookKeeper, HookReport } from '../../domain/hook.ts'
import { hasBlock, withoutBlocks } from './block.ts'
import { addTo, removeFrom, type HookStyle } from './hook-file.ts'
import { keeperOf, type HookPlace } from './place.ts'
import { replaceFile } from './replace.ts'
import { HOOKS, type Fallback } from './script.ts'
import { intoLefthook, intoPreCommit, merged, type Merge } from './yaml-file.ts'

export interface InstallOptions {
  /** `null` = whoever keeps hooks here. */
  readonly with: HookKeeper | null
  /** Accept a folder that other repositories use too. */
  readonly everywhere: boolean
  /** Where this keyrot is, for hooks that stay on this machine. */
  readonly fallback: Fallback
  readonly parseYaml: (text: string) => unknown
}

/** Installs both hooks; doing so again changes nothing. Throws `KR_HOOK_EVERYWHERE`, `KR_HOOK_WHICH`, `KR_HOOK_BY_HAND`, `KR_HOOK_FILE`. */
export async function installHooks(place: HookPlace, options: InstallOptions): Promise<HookReport> {
  const keeper = options.with ?? keeperOf(place)
  switch (keeper) {
    case 'lefthook':
      return intoYaml(place, keeper, place.lefthook ?? join(place.top, 'lefthook.yml'), intoLefthook, options, ['lefthook install'])
    case 'pre-commit':
      return intoYaml(place, keeper, place.preCommit ?? join(place.top, '.pre-commit-config.yaml'), intoPreCommit, options, [
        'pre-commit install --hook-type pre-commit --hook-type pre-push',
      ])
    case 'husky':
      return { keeper, ...(await intoFiles(place, place.husky ?? join(place.top, '.husky'), { needsShebang: false, fallback: 'project' })) }
    case 'git':
      if (place.everywhere && !options.everywhere) throw everywhere()
      return { keeper, ...(await intoFiles(place, place.folder, { needsShebang: true, fallback: place.shared ? 'project' : options.fallback })) }
  }
}

/** Takes keyrot out of every place it may have been put into. */
export async function uninstallHooks(place: HookPlace): Promise<HookReport> {
  const folders = [place.folder, ...(place.husky === null ? [] : [place.husky])]
  const scripts = folders.flatMap((folder) => HOOKS.map((hook) => ({ hooks: [hook], file: join(folder, hook), remove: removeFrom })))
  const yaml = [place.lefthook, place.preCommit].flatMap((file) => (file === null ? [] : [{ hooks: HOOKS, file, remove: outOfYaml }]))
  const changes: HookChange[] = []
  for (const { hooks, file, remove } of [...scripts, ...yaml]) {
    const change = await remove(file)
    if (change !== null) changes.push({ hooks, file: named(place, file), change })
  }
  return { keeper: null, changes, next: [] }
}

async function intoFiles(place: HookPlace, folder: string, style: HookStyle): Promise<Omit<HookReport, 'keeper'>> {
  const changes: HookChange[] = []
  for (const hook of HOOKS) {
    const file = join(folder, hook)
    changes.push({ hooks: [hook], file: named(place, file), change: await addTo(file, hook, style) })
  }
  return { changes, next: [] }
}

async function intoYaml(
  place: HookPlace,
  keeper: HookKeeper,
  file: string,
  merge: Merge,
  options: InstallOptions,
  next: readonly string[],
): Promise<HookReport> {
  const text = await readFile(file, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  const after = text === null ? null : merged(text, merge, options.parseYaml)
  if (after === null) throw byHand(named(place, file))
  const change = after === text ? 'unchanged' : hasBlock(text ?? '') ? 'renewed' : 'added'
  if (change !== 'unchanged') await rewrite(file, after)
  return { keeper, changes: [{ hooks: HOOKS, file: named(place, file), change }], next }
}

async function outOfYaml(file: string): Promise<'removed' | null> {
  const text = await readFile(file, 'latin1')
  if (!hasBlock(text)) return null
  await rewrite(file, withoutBlocks(text))
  return 'removed'
}

/** A link is followed: the file it leads to is what the tool reads. */
async function rewrite(file: string, text: string): Promise<void> {
  const real = await realpath(file)
  await replaceFile(real, text, (await stat(real)).mode & 0o7777)
}

function named({ top }: HookPlace, file: string): string {
  const inside = relative(top, file)
  return inside.startsWith('..') ? file : inside
}

function everywhere(): KeyrotError {
  return new KeyrotError({
    code: 'KR_HOOK_EVERYWHERE',
    kind: 'refused',
    message: 'core.hooksPath is set for every repository of this user, so the hook would run in all of them',
    hints: [
      'if that is meant: keyrot hook install --everywhere',
      'for this one only, first: git config core.hooksPath "$(git rev-parse --absolute-git-dir)/hooks"',
    ],
  })
}

function byHand(file: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_HOOK_BY_HAND',
    kind: 'refused',
    message: 'this file is not there, or written in a way that lines cannot be put into without changing the rest',
    where: file,
    hints: ['what to put in by hand: docs/hook.md'],
  })
}
