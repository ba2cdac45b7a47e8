/** The hooks of the repository that the command was called in. */
import { fileURLToPath } from 'node:url'
import { gitAt } from '../scan/git/process.ts'
import type { Fallback } from '../scan/hook/script.ts'
import { findPlace, type HookPlace } from '../scan/hook/place.ts'

export function placeHere(): Promise<HookPlace> {
  const cwd = process.cwd()
  return findPlace(gitAt({ folder: cwd, env: (name) => process.env[name] }), cwd)
}

/** This installation: what a hook starts where keyrot is not on the PATH of whoever commits, as in many an editor. */
export function thisKeyrot(root: URL): Fallback {
  return { node: process.execPath, bin: fileURLToPath(new URL('bin/run.js', root)) }
}

/** The YAML of hook tools as data. Throws for what is none. */
export async function yamlParser(): Promise<(text: string) => unknown> {
  const { parse } = await import('yaml')
  return (text) => parse(text) as unknown
}
