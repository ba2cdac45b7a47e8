/** The drill: an incident on the embedded clouds, over targets named and typed as those of the user's own config. Nothing real is touched. */
import { catalog } from '../../adapters/catalog.ts'
import { CONFIG_NAME, loadConfig } from '../../config/load.ts'
import type { Screen } from '../../ui/screen.ts'
import { misused } from '../base-command.ts'
import { configFiles } from '../outside/config-files.ts'
import { makeDemo, runKeyrot, takePicture, type DemoShape } from './demo.ts'

export interface DrillFlags {
  readonly config: string
  readonly json: boolean
  readonly 'sever-first': boolean
}

/** What can be played on the embedded clouds, each once. */
const PLAYED = ['dotenv', 'aws-secrets-manager', 'kubernetes', 'vercel']

/** Rehearses the incident of one credential. Resolves with the exit code of the incident; `atEnd` takes everything away again. */
export async function drill(
  screen: Screen,
  flags: DrillFlags,
  given: readonly string[],
  signal: AbortSignal,
  atEnd: (close: () => Promise<void>) => void,
): Promise<number> {
  if (given.length > 1) throw misused('a drill rehearses one credential')
  const shape = await shapeOf(flags.config, given[0])
  screen.say(
    `drill: ${shape.credential} on the embedded clouds, ${shape.targets.map(({ name, type }) => `${name} (${type})`).join(', ')}; nothing real is touched`,
  )
  const demo = await makeDemo(shape)
  atEnd(demo.close)
  const { credential } = shape
  const args = ['incident', credential, '--yes', '--confirm', credential, '--reason', 'drill', ...(flags['sever-first'] ? ['--sever-first'] : [])]
  screen.say(`$ keyrot ${args.join(' ')}`)
  const code = await runKeyrot(demo, [...args, ...(flags.json ? ['--json'] : [])], { quiet: false, signal })
  const { keys, places } = await takePicture(demo)
  const calls = places.flatMap((place) => place.calls)
  const refused = calls.reduce((sum, call) => sum + call.refused, 0)
  const all = calls.reduce((sum, call) => sum + call.accepted, refused)
  screen.say(`drill: ${keys.filter(({ alive }) => !alive).length} key dead, ${refused} of ${all} calls by consumers refused`)
  return code
}

/** One target of each kind, by the names of the config; without a config, a project like most. */
async function shapeOf(config: string, wanted: string | undefined): Promise<DemoShape | never> {
  const loaded = await loadConfig(config, { files: configFiles, catalog }).catch((error: unknown) => {
    if (wanted === undefined && config === CONFIG_NAME) return null
    throw error
  })
  if (loaded === null) return { credential: 'demo', targets: PLAYED.map((type) => ({ name: type, type })) }
  const found = loaded.credentials.find(({ name }) => wanted === undefined || name === wanted)
  if (found === undefined) throw misused('the config has no credential of this name')
  const kinds = new Map(found.targets.map(({ name, type }) => [type, name]))
  const targets = PLAYED.flatMap((type) => (kinds.has(type) ? [{ name: kinds.get(type) ?? type, type }] : []))
  if (targets.length === 0) throw misused('the embedded clouds play none of its targets', `they play: ${PLAYED.join(', ')}`)
  return { credential: found.name, targets }
}
