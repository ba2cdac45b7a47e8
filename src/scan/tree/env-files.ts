/** Environment files where git would carry them further. One that holds nothing to be kept secret may go where it likes. */
import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { hitOf, type Hit } from '../../domain/hit.ts'
import { KeyrotError } from '../../domain/errors.ts'
import { fileKindOf } from '../file-kind.ts'
import { textOf, type Git } from '../git/process.ts'
import { STANDING_RULES } from '../rules/practices.ts'

/** A variable that is called a secret, and is given a value. */
const SECRET_LINE = /^[ \t]*(?:export[ \t]+)?[A-Za-z0-9_]{0,80}(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD)[A-Za-z0-9_]{0,40}[ \t]*=[ \t]*["']?[^\s"'#]/m
/** Before the path is looked at closely: most of many thousand are nothing like it. */
const MAYBE = /env|\.dev\.vars$/

/** Those of the listed paths that git keeps, or would take; none where there is no git. */
export async function envFileHits(paths: Iterable<string>, gitIn: ((folder: string) => Git) | null): Promise<readonly Hit[]> {
  if (gitIn === null) return []
  const found: Hit[] = []
  for (const path of paths) {
    if (!MAYBE.test(path) || fileKindOf(path) !== 'env') continue
    const line = secretLineOf(path)
    const rule = line === null ? null : await standingOf(gitIn(dirname(path)), basename(path))
    const said = STANDING_RULES.find(({ id }) => id === rule)
    if (line === null || said === undefined) continue
    found.push(hitOf({ rule: said.id, severity: said.severity, at: { path, line, column: 1 }, what: said.title, key: null }))
  }
  return found
}

function secretLineOf(path: string): number | null {
  try {
    const text = readFileSync(path, 'latin1')
    const at = text.search(SECRET_LINE)
    return at === -1 ? null : text.slice(0, at).split('\n').length
  } catch {
    return null
  }
}

async function standingOf(git: Git, name: string): Promise<'env-file-tracked' | 'env-file-not-ignored' | null> {
  try {
    const said = await textOf(git('--literal-pathspecs', 'ls-files', '-z', '-t', '--cached', '--others', '--exclude-standard', '--', name))
    if (said === '') return null
    return said.startsWith('?') ? 'env-file-not-ignored' : 'env-file-tracked'
  } catch (error) {
    if (error instanceof KeyrotError) return null
    throw error
  }
}
