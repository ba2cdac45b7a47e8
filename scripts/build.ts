/**
 * `npm run build`: the bundle, oclif's manifest, and the notices of what is bundled; with `-- --maps`, source maps for reading a
 * reported stack. Built beside the old one and put in its place at the end, so that two builds, or a build and a running command,
 * do not meet half-written files.
 */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contentsOf, writeBundle } from './build/bundle.ts'
import { manifestOf } from './build/manifest.ts'
import { noticesOf } from './build/notices.ts'

const ROOT = join(import.meta.dirname, '..')
const stage = mkdtempSync(join(ROOT, '.build-'))
const at = (name: string): string => join(stage, name)

function swap(name: string): void {
  if (existsSync(join(ROOT, name))) renameSync(join(ROOT, name), at(`old-${name}`))
  renameSync(at(name), join(ROOT, name))
}

try {
  const chunks = await writeBundle(at('dist'), process.argv.includes('--maps'))
  writeFileSync(at('dist/THIRD-PARTY.md'), noticesOf(chunks.flatMap(({ moduleIds }) => moduleIds)))
  writeFileSync(at('dist/contents.json'), `${JSON.stringify(contentsOf(chunks), null, 1)}\n`)
  const pjson: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  writeFileSync(at('oclif.manifest.json'), `${JSON.stringify(await manifestOf(stage, pjson))}\n`)
  swap('dist')
  swap('oclif.manifest.json')
} finally {
  rmSync(stage, { recursive: true, force: true })
}
