/**
 * Keeps compiled code between runs: a quarter of the start-up. Code is loaded from there by a tool that holds admin
 * keys, so only a folder of our own that nobody else can write to will do; without one we go without.
 */
import { lstatSync, mkdirSync } from 'fs'
import module from 'module'
import { homedir } from 'os'
import { join } from 'path'

export function enableCompileCache() {
  try {
    const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'keyrot')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const found = lstatSync(folder)
    const ours = found.isDirectory() && found.uid === process.getuid() && (found.mode & 0o077) === 0
    if (ours) module.enableCompileCache(join(folder, 'compiled'))
  } catch {
    // A read-only home is no reason to fail.
  }
}
