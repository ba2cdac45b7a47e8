/** A key in a `.env` file: one variable for the key in use, one for its fallback. */
import { isAbsolute, normalize } from 'node:path'
import { z } from 'zod'
import { Secret } from '../../domain/secret.ts'
import type { Right } from '../../ports/provider.ts'
import type { Assignment, Held, Observation, SlotContent, Target, TargetTraits } from '../../ports/target.ts'
import { defineTarget, type Surroundings } from '../define.ts'
import { fileError, refused } from './dotenv-errors.ts'
import { mountTable, placeOf, readFileGuarded, type Place } from './dotenv-file.ts'
import { gitWith } from './dotenv-git.ts'
import { changedMeanwhile, replaceFile, type Means } from './dotenv-replace.ts'
import { rightsOf } from './dotenv-rights.ts'
import { listed, sweepBeside } from './dotenv-temp.ts'
import { editVariables, readVariable, type Change } from './dotenv-text.ts'

export { sweepTemp } from './dotenv-temp.ts'

const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a variable name: letters, digits and _, not starting with a digit')

const staysInside = (path: string): boolean => !isAbsolute(path) && !normalize(path).split(/[/\\]/).includes('..')

const schema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      // eslint-disable-next-line no-control-regex -- control characters are what this refuses
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters')
      .refine(staysInside, 'must be a relative path that stays under the folder of the config')
      .describe('The file, relative to the folder of the config; it must lie under that folder.'),
    variable: variableName.default('OPENAI_API_KEY').describe('The variable that holds the key in use.'),
    fallback: variableName
      .optional()
      .describe('The variable that holds the other key during a rotation, or `none`. Default: the variable with `_FALLBACK` behind it.'),
    consumers: z
      .enum(['reread', 'manual'])
      .describe('How programs get the new key: `reread` if they read the file again by themselves, `manual` if a person restarts them (keyrot asks).'),
    allowTracked: z.string().optional().describe('The same path once more, to allow a file that git tracks. The key is then one commit away from everyone.'),
  })
  .refine((settings) => settings.fallback !== settings.variable, { path: ['fallback'], message: 'must differ from `variable`' })
  .refine((settings) => settings.allowTracked === undefined || settings.allowTracked === settings.path, {
    path: ['allowTracked'],
    message: 'must repeat `path` exactly',
  })

/** What a `.env` file can hold unquoted and every loader reads alike. All keys of the providers we know are of this alphabet. */
const PLAIN_VALUE = /^[A-Za-z0-9_.-]+$/

export const dotenv = defineTarget({
  type: 'dotenv',
  title: 'A .env file',
  schema,
  reach: () => ({ by: 'folder' }),
  slots: (settings) => Object.values(namesOf(settings)).flatMap((name) => (name === null ? [] : [`${normalize(settings.path)} ${name}`])),
  permissions: (blocks) => [
    {
      title: 'Files',
      format: 'text',
      body: blocks.map(({ name, settings }) => `${name}: the user that runs keyrot reads ${settings.path},\n  and writes in its folder`).join('\n'),
    },
  ],
  async connect(_name, settings, around) {
    const place = placeOf(around.root, settings.path)
    const names = around.shared?.(`dotenv ${place.folder}`, () => listed(place.folder))
    await sweepBeside(place.folder, place.file, names)
    return new DotenvTarget(place, namesOf(settings), settings, around)
  },
})

interface Names {
  readonly variable: string
  readonly fallback: string | null
}

function namesOf({ variable, fallback }: z.output<typeof schema>): Names {
  return { variable, fallback: fallback === 'none' ? null : (fallback ?? `${variable}_FALLBACK`) }
}

class DotenvTarget implements Target {
  readonly type = 'dotenv'
  readonly traits: TargetTraits
  readonly #place: Place
  readonly #names: Names
  readonly #means: Means
  readonly #trackedAllowed: boolean
  /** As it was at the first look of the invocation. */
  readonly #mounts: () => string | null

  constructor(place: Place, names: Names, settings: z.output<typeof schema>, around: Surroundings) {
    this.traits = { reads: 'value', fallback: names.fallback !== null, consumers: settings.consumers, record: `dotenv:${place.file}` }
    this.#place = place
    this.#names = names
    this.#means = { stateDir: around.stateDir, ids: around.ids, git: gitWith(around.env) }
    this.#trackedAllowed = settings.allowTracked === settings.path
    this.#mounts = () => around.shared?.('mount table', mountTable) ?? mountTable()
  }

  observe(): Promise<Observation> {
    return this.#guarded(() => {
      const { text, since, revision } = readFileGuarded(this.#place, this.#mounts)
      const { variable, fallback } = this.#names
      return { current: held(text, variable), fallback: fallback === null ? null : held(text, fallback), since, revision }
    })
  }

  write(assignment: Assignment, revision: string | null): Promise<void> {
    return this.#guarded(async () => {
      const changes = this.#changes(assignment)
      const before = readFileGuarded(this.#place)
      if (revision !== null && revision !== before.revision) throw changedMeanwhile(this.#place)
      await this.#refuseTracked()
      const text = editVariables(before.text, changes)
      if (text !== before.text) await replaceFile(this.#place, before, text, this.#means)
    })
  }

  rights(): Promise<readonly Right[]> {
    return this.#guarded(() => rightsOf(this.#place, this.#names.variable, this.#means, this.#trackedAllowed))
  }

  async #guarded<T>(act: () => T | Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      throw fileError(error, this.#place.shown)
    }
  }

  #changes(assignment: Assignment): readonly Change[] {
    const { variable, fallback } = this.#names
    const changes: Change[] = []
    if (assignment.current !== undefined) changes.push({ name: variable, value: this.#plain(assignment.current) })
    if (assignment.fallback === undefined) return changes
    if (fallback !== null) changes.push({ name: fallback, value: this.#plain(assignment.fallback), below: variable })
    else if (assignment.fallback !== null) throw refused('KR_DOTENV_NO_FALLBACK', this.#place.shown, 'has no fallback variable: `fallback` is `none`')
    return changes
  }

  #plain(content: SlotContent | null): string | null {
    const value = content?.secret.reveal() ?? null
    if (value === null || PLAIN_VALUE.test(value)) return value
    throw refused('KR_DOTENV_VALUE', this.#place.shown, 'was left as it was: the key holds characters other than letters, digits, `_`, `-` and `.`')
  }

  async #refuseTracked(): Promise<void> {
    if (this.#trackedAllowed) return
    const tracked = await this.#means.git.tracked(this.#place.file)
    const force = 'to force it, repeat the path in `allowTracked`'
    if (tracked === 'yes')
      throw refused('KR_DOTENV_TRACKED', this.#place.shown, 'is tracked by git: a key in it would be committed', `git rm --cached and ignore it; ${force}`)
    if (tracked === 'unknown') throw refused('KR_DOTENV_GIT', this.#place.shown, 'lies in a git work tree, and git could not say whether it is tracked', force)
  }
}

function held(text: string, name: string): Held {
  const value = readVariable(text, name)
  return value === null ? { is: 'absent' } : { is: 'value', secret: new Secret(value) }
}
