/**
 * One hook file, with keyrot's lines in it or without. A shell script gets them after its first line, so that its name, its folder and
 * its arguments stay what they were. What is no shell script, or not switched on, is kept aside under its own name and started, if it
 * was, by a script of ours.
 */
import { constants } from 'node:fs'
import { link, lstat, mkdir, readFile, readlink, rename, rmdir, symlink, unlink } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { KeyrotError } from '../../domain/errors.ts'
import type { HookName } from '../../domain/hook.ts'
import { hasBlock, inserted, withoutBlocks } from './block.ts'
import { besideOf, replaceFile } from './replace.ts'
import { blockFor, KEPT, type Fallback } from './script.ts'

/** How a file of hooks is read: git wants an executable one with a first line; husky sources files without either. */
export interface HookStyle {
  readonly needsShebang: boolean
  readonly fallback: Fallback
}

interface Found {
  readonly kind: 'none' | 'file' | 'link' | 'other'
  readonly text: string
  readonly mode: number
}

/** Puts keyrot's lines into the file, once. Throws `KR_HOOK_FILE` for what is no file, else what the file system throws. */
export async function addTo(file: string, hook: HookName, style: HookStyle): Promise<'added' | 'renewed' | 'unchanged'> {
  const found = await lookAt(file)
  if (found.kind === 'other') throw noFile(file)
  const renews = found.kind === 'file' && hasBlock(found.text)
  const keeps = renews || found.kind === 'none' ? await isKept(file) : placeIn(found, style) === null
  const whole = keeps || found.kind === 'none'
  const text = whole ? OWN : withoutBlocks(found.text)
  const after = inserted(text, whole ? OWN.length : (placeIn({ ...found, text }, style) ?? 0), blockFor(hook, style.fallback, keeps))
  if (found.kind === 'file' && after === found.text) return 'unchanged'
  if (keeps && !renews && found.kind !== 'none') await keep(file, found)
  await replaceFile(file, after, whole ? 0o755 : found.mode)
  return renews ? 'renewed' : 'added'
}

function noFile(file: string): KeyrotError {
  return new KeyrotError({ code: 'KR_HOOK_FILE', kind: 'refused', message: 'what stands in the place of the hook is no file', where: file })
}

/** Takes them out again: every byte, the mode and the kind of file are what they were. `null` = they were not there. */
export async function removeFrom(file: string): Promise<'removed' | null> {
  const found = await lookAt(file)
  if (found.kind !== 'file' || !hasBlock(found.text)) return null
  const rest = withoutBlocks(found.text)
  if (rest !== OWN) await replaceFile(file, rest, found.mode)
  else if (await isKept(file)) await restore(file)
  else await unlink(file)
  return 'removed'
}

/** The beginning of a script that is wholly ours. */
const OWN = '#!/bin/sh\n'
const SHEBANG = /^#! ?\/(?:usr\/)?(?:local\/)?bin\/(?:env +)?(?:ba|da|z|k|a)?sh(?: [^\r\n]*)?\n/
/** husky before version 9 starts the script anew in this line: what stands before it would run twice. */
const HUSKY_LINE = /^\. .*husky\.sh['"]?[ \t]*\n/m

/** Where the lines belong, or `null`: this file cannot take any. */
function placeIn({ kind, text, mode }: Found, { needsShebang }: HookStyle): number | null {
  if (kind !== 'file' || (needsShebang && (mode & constants.S_IXUSR) === 0)) return null
  const husky = HUSKY_LINE.exec(text)
  if (husky !== null) return husky.index + husky[0].length
  const first = SHEBANG.exec(text)
  if (first !== null) return first[0].length
  return needsShebang || text.startsWith('#!') ? null : 0
}

async function lookAt(file: string): Promise<Found> {
  const stat = await lstat(file).catch(ifAbsent)
  if (stat === null) return { kind: 'none', text: '', mode: 0o755 }
  const mode = stat.mode & 0o7777
  if (stat.isFile()) return { kind: 'file', text: await readFile(file, 'latin1'), mode }
  return { kind: stat.isSymbolicLink() ? 'link' : 'other', text: '', mode }
}

function ifAbsent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

const keptPlace = (file: string): string => join(dirname(file), KEPT, basename(file))

const isKept = async (file: string): Promise<boolean> => (await lstat(keptPlace(file)).catch(ifAbsent)) !== null

/** A relative link is kept as one that leads to the same file from a folder below. */
const UP = '../'

/** The hook stays where it is until ours takes its place. */
async function keep(file: string, { kind }: Found): Promise<void> {
  await mkdir(dirname(keptPlace(file)), { recursive: true })
  if (kind === 'file') return link(file, keptPlace(file))
  const to = await readlink(file)
  await symlink(isAbsolute(to) ? to : UP + to, keptPlace(file))
}

async function restore(file: string): Promise<void> {
  const kept = keptPlace(file)
  if ((await lstat(kept)).isSymbolicLink()) {
    const to = await readlink(kept)
    await symlink(isAbsolute(to) ? to : to.slice(UP.length), besideOf(file))
    await rename(besideOf(file), file)
    await unlink(kept)
  } else await rename(kept, file)
  // Stays where another hook is still kept in it.
  await rmdir(dirname(kept)).catch(() => undefined)
}
