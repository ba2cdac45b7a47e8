/** The answers that `init` needs: from flags, and what flags leave open from a person. */
import { basename } from 'node:path'
import { CREDENTIAL_PATTERN } from '../../domain/key-name.ts'
import type { Form } from '../../ui/prompts.ts'
import { misused, refused } from '../base-command.ts'
import { targetName, type Answers, type DraftTarget } from './draft.ts'
import type { Findings } from './find.ts'

export interface InitFlags {
  readonly name?: string | undefined
  readonly project?: string | undefined
  readonly 'service-account'?: string | undefined
  readonly 'admin-key'?: string | undefined
  readonly scopes?: string | undefined
  /** `FILE` or `FILE:VARIABLE`. */
  readonly target?: readonly string[] | undefined
  readonly consumers?: 'reread' | 'manual' | undefined
}

interface Ground {
  readonly flags: InitFlags
  readonly found: Findings
  readonly folder: string
  readonly ns: string
  /** `null` when nobody can be asked. */
  readonly form: Form | null
  /** Whether a variable of the environment is set; its value is none of our business. */
  readonly isSet: (name: string) => boolean
}

export async function gatherAnswers(ground: Ground): Promise<Answers> {
  const { flags, form, found, ns } = ground
  const credential =
    flags.name ??
    (form === null ? suggestName(ground.folder) : await form.input('name of the credential, such as prod-api', suggestName(ground.folder), isName))
  if (isName(credential) !== true) throw misused('--name cannot be a name', 'lower-case letters, digits and inner dashes, at most 40')
  const project =
    flags.project ?? (await need(form, '--project PROJECT', (asked) => asked.input('project id at OpenAI (proj_…, in its settings)', '', isProject)))
  if (isProject(project) !== true) throw misused('--project is not a project id', 'it begins with proj_ and is shown in the settings of the project')
  const adminKey = await chooseAdminKey(ground)
  const serviceAccount =
    flags['service-account'] ?? (form === null || adminKey === null ? '' : await form.input('service account id (empty: one for each key)', '', () => true))
  const scopes =
    flags.scopes ??
    (form === null
      ? 'all'
      : await form.input('what new keys may do: scopes with commas, or all', 'all', (given) => given.trim() !== '' || 'a list of scopes, or all'))
  return {
    ns,
    credential,
    project,
    adminKey,
    serviceAccount: serviceAccount.trim() === '' ? null : serviceAccount.trim(),
    scopes: scopes.trim() === 'all' ? 'all' : scopes.split(',').map((scope) => scope.trim()),
    targets: await chooseTargets(ground),
    others: found.others,
  }
}

async function need<T>(form: Form | null, flag: string, ask: (form: Form) => Promise<T>): Promise<T> {
  if (form === null) throw refused('KR_INIT_NEEDS', `nobody is here to ask, and ${flag} is missing`, `give it: keyrot init ${flag}`)
  return ask(form)
}

async function chooseAdminKey({ flags, form, isSet }: Ground): Promise<string | null> {
  const given = flags['admin-key']
  if (given !== undefined && given !== 'none' && !/^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/.test(given)) {
    throw misused('--admin-key takes a reference, never a key', 'env:NAME, file:PATH, or none')
  }
  if (given !== undefined) return given === 'none' ? null : given
  const usual = 'env:OPENAI_ADMIN_KEY'
  if (form === null) return isSet('OPENAI_ADMIN_KEY') ? usual : null
  const choices = [
    { value: usual, name: `in the variable OPENAI_ADMIN_KEY${isSet('OPENAI_ADMIN_KEY') ? ' (set here)' : ' (not set here yet)'}`, short: usual },
    { value: 'none', name: 'none: I make and delete keys in the dashboard', short: 'none' },
  ]
  const choice = await form.pick('where is the admin key?', choices, isSet('OPENAI_ADMIN_KEY') ? usual : 'none')
  return choice === 'none' ? null : choice
}

async function chooseTargets(ground: Ground): Promise<readonly DraftTarget[]> {
  const { flags, form, found } = ground
  const places = found.envFiles.flatMap((file) => file.variables.map((variable) => ({ path: file.path, variable })))
  const named = (flags.target ?? []).map(placeOf)
  const chosen = named.length > 0 ? named : form === null ? places : await askPlaces(form, places)
  if (chosen.length === 0)
    throw refused('KR_INIT_NO_TARGET', 'no .env file with a variable of an OpenAI key was found here', 'name one: --target .env:OPENAI_API_KEY')
  const targets: DraftTarget[] = []
  for (const { path, variable } of chosen) {
    const consumers = flags.consumers ?? (form === null ? 'manual' : await askConsumers(form, path))
    targets.push({
      name: targetName(
        path,
        variable,
        targets.map((target) => target.name),
      ),
      path,
      variable,
      consumers,
    })
  }
  return targets
}

interface EnvPlace {
  readonly path: string
  readonly variable: string
}

async function askPlaces(form: Form, places: readonly EnvPlace[]): Promise<readonly EnvPlace[]> {
  const choices = places.map((place) => ({ value: `${place.path}:${place.variable}`, name: `${place.path}  ${place.variable}`, checked: true }))
  const picked = choices.length === 0 ? [] : await form.several('where is the key kept?', choices)
  if (picked.length > 0) return picked.map(placeOf)
  const typed = await form.input(
    'file and variable',
    '.env:OPENAI_API_KEY',
    (text) => /^[^:]+:[A-Za-z_][A-Za-z0-9_]*$/.test(text) || 'such as .env:OPENAI_API_KEY',
  )
  return [placeOf(typed)]
}

async function askConsumers(form: Form, path: string): Promise<'reread' | 'manual'> {
  const choice = await form.pick(
    `how do programs that use ${path} get a new key?`,
    [
      { value: 'manual', name: 'a person restarts them; keyrot asks', short: 'by hand' },
      { value: 'reread', name: 'they read the file again by themselves', short: 'by themselves' },
    ],
    'manual',
  )
  return choice === 'reread' ? 'reread' : 'manual'
}

function placeOf(text: string): EnvPlace {
  const [, path = text, variable = 'OPENAI_API_KEY'] = /^(.+?)(?::([A-Za-z_][A-Za-z0-9_]*))?$/.exec(text) ?? []
  return { path, variable }
}

function isName(text: string): true | string {
  return CREDENTIAL_PATTERN.test(text) || 'lower-case letters, digits and inner dashes, at most 40'
}

function isProject(text: string): true | string {
  return /^proj_[A-Za-z0-9_-]{1,120}$/.test(text) || 'a project id begins with proj_'
}

function suggestName(folder: string): string {
  const plain = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return plain === '' ? 'app' : plain
}
