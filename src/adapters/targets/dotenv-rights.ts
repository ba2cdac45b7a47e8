/** What `check` says about a `.env` file. Looks only; a line is proven only if the look was the test. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Right } from '../../ports/provider.ts'
import { readFileGuarded, type Place } from './dotenv-file.ts'
import type { GitSays } from './dotenv-git.ts'
import type { Means } from './dotenv-replace.ts'
import { hasRivalLine } from './dotenv-text.ts'

/** One line per right. A file that is refused as a whole throws that refusal. */
export async function rightsOf(place: Place, variable: string, means: Means, trackedAllowed: boolean): Promise<readonly Right[]> {
  const { text } = readFileGuarded(place)
  const inGit = outOfGit(await means.git.tracked(place.file), await means.git.ignored(place.file), trackedAllowed)
  return [
    { what: `read ${place.shown}`, state: 'proven' },
    await replaceable(place),
    await temporary(place, means),
    { what: `${place.shown} kept out of git`, ...inGit },
    ...(hasRivalLine(text, variable) ? [rival(variable)] : []),
  ]
}

async function replaceable(place: Place): Promise<Right> {
  const what = `replace ${place.shown}`
  const allowed = await access(place.folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  return allowed ? { what, state: 'proven' } : { what, state: 'missing', hint: 'its folder cannot be written by this user' }
}

async function temporary(place: Place, means: Means): Promise<Right> {
  const what = `a place for the temporary file of ${place.shown}`
  const state = (await deviceOf(join(means.stateDir, 'tmp'))) ?? (await deviceOf(means.stateDir))
  if (state === null) return { what, state: 'untestable', hint: 'the state folder does not exist yet' }
  if (state === (await deviceOf(place.folder))) return { what, state: 'proven' }
  const beside = (await means.git.ignored(`${place.file}.keyrot.tmp`)) === 'yes'
  const elsewhere = 'the state folder is on another file system'
  return beside
    ? { what, state: 'proven', hint: `beside the file: ${elsewhere}` }
    : { what, state: 'missing', hint: `${elsewhere}, and git does not ignore one beside the file` }
}

function deviceOf(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => found.dev,
    () => null,
  )
}

function outOfGit(tracked: GitSays, ignored: GitSays, allowed: boolean): Omit<Right, 'what'> {
  if (tracked === 'outside' || ignored === 'yes') return { state: 'proven' }
  if (tracked === 'no') return { state: 'untestable', hint: 'not tracked now, but no ignore rule holds it: add it to .gitignore' }
  const fact = tracked === 'yes' ? 'it is tracked' : 'git could not say whether it is tracked'
  return allowed ? { state: 'untestable', hint: `${fact}, and allowed by name` } : { state: 'missing', hint: `${fact}: keyrot will not write to it` }
}

function rival(variable: string): Right {
  const hint = 'an earlier line holds another value, which programs that take the first line read; keyrot changes the last'
  return { what: `one value of ${variable}`, state: 'untestable', hint }
}
