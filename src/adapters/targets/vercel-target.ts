/** The target of one block of the config: a variable, and the deployments that run with it. */
import { KeyrotError } from '../../domain/errors.ts'
import type { Ms } from '../../domain/duration.ts'
import type { Assignment, Target, TargetTraits } from '../../ports/target.ts'
import type { TargetSurroundings } from '../define.ts'
import { API, openApi } from './vercel-api.ts'
import { refused } from './vercel-errors.ts'
import { remarksOn, rightsOn, type Subject } from './vercel-remarks.ts'
import { leftovers, stragglers } from './vercel-remains.ts'
import { productionOf, type Site } from './vercel-production.ts'
import { reload, reloaded } from './vercel-reload.ts'
import type { Hook, Way } from './vercel-start.ts'
import { Store } from './vercel-store.ts'
import type { Settings } from './vercel-settings.ts'

/** What may stand in an Authorization header. A token that does not fit is never sent. */
const TOKEN_ALPHABET = /^[A-Za-z0-9._-]{8,512}$/

/** As `vercel.connect`, with a deadline of one's own for each exchange. */
export function connectVercel(name: string, settings: Settings, around: TargetSurroundings, deadlineMs?: Ms): Target {
  const { project, team, variable, environments, gitBranch, visibility } = settings
  const base = around.endpoint(around.env('VERCEL_API_URL') || API, API)
  const token = around.secret(settings.token)
  if (!TOKEN_ALPHABET.test(token.reveal())) throw unusable(name, 'token', 'KR_VERCEL_TOKEN', 'the Vercel token')
  const api = openApi(around, base, { token, project, team }, deadlineMs)
  const place = { variable, environments, gitBranch, visibility }
  const owner = { ns: around.ns, credential: around.credential }
  const store = new Store(api, place, owner)
  const way = wayOf(name, settings, around)
  const site: Site = { api, see: () => store.see(), production: productionOf(api) }
  const subject: Subject = { ...site, store, place, team, way }
  // The newest deployment of production or of a custom environment is what runs there; of previews and laptops nobody can tell.
  const canTell = environments.some((one) => one !== 'preview' && one !== 'development')
  const traits: TargetTraits = {
    // A mark shows which key a sensitive variable holds while a run is under way, and is taken off at its end: it promises nothing.
    reads: visibility === 'readable' ? 'value' : 'nothing',
    fallback: false,
    consumers: way === null ? 'manual' : 'reload',
    record: `vercel:${team ?? 'personal'}/${project}`,
  }
  return {
    type: 'vercel',
    traits,
    observe: () => store.observe(),
    write: ({ current, fallback }: Assignment, revision) => {
      if (fallback !== undefined && fallback !== null) throw refused('KR_VERCEL_NO_FALLBACK', `Vercel: ${variable} has no fallback slot`)
      return current === undefined ? Promise.resolve() : store.write(current, revision)
    },
    unmark: (revision) => store.unmark(revision),
    ...(way === null
      ? {}
      : {
          reload: (marker: string) => reload(site, way, marker),
          reloaded: (marker: string) => reloaded(site, way, marker),
        }),
    ...(canTell ? { stragglers: () => stragglers(site) } : {}),
    ...(settings.oldDeployments === 'ask' ? { leftovers: () => leftovers(site) } : {}),
    remarks: () => remarksOn(subject),
    rights: () => rightsOn(subject),
  }
}

function wayOf(name: string, { redeploy, deployHook }: Settings, around: TargetSurroundings): Way | null {
  if (redeploy === 'none') return null
  return redeploy === 'hook' ? { by: 'hook', hook: hookOf(name, deployHook ?? '', around) } : { by: redeploy }
}

/** The address in its parts. Its host passes the guard as any endpoint does; it is never quoted. */
function hookOf(name: string, ref: string, around: TargetSurroundings): Hook {
  const text = around.secret(ref).reveal()
  const url = URL.canParse(text) ? new URL(text) : null
  const [, project, id] = /^\/v1\/integrations\/deploy\/(prj_[A-Za-z0-9]{1,60})\/([A-Za-z0-9]{1,60})$/.exec(url?.pathname ?? '') ?? []
  const plain = url?.username === '' && url.password === '' && url.hash === '' && ['', '?buildCache=false'].includes(url.search)
  if (url === null || project === undefined || id === undefined || !plain)
    throw unusable(name, 'deployHook', 'KR_VERCEL_HOOK', 'what stands for the deploy hook')
  around.endpoint(url.origin, API)
  return { url, project, id }
}

function unusable(name: string, setting: string, code: `KR_VERCEL_${string}`, what: string): KeyrotError {
  return new KeyrotError({
    code,
    kind: 'config',
    message: `${what} of target ${name} is not of the form that Vercel gives out`,
    where: `targets.${name}.${setting}`,
    hints: ['look for a line break, a space or quotation marks around it'],
  })
}
