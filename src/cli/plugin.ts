/**
 * keyrot as oclif knows it: one plugin, read from the manifest that the build wrote. oclif would make the same from the
 * files; made here, it neither searches folders nor loads plugins that lie in the user's data folder, whose code would run
 * with the keys at hand.
 */
import type { Command } from '@oclif/core/command'
import type { Manifest, Options, PJSON, Plugin } from '@oclif/core/interfaces'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What oclif is started with. A command's own file is loaded when the command is run. Throws where the installation is incomplete. */
export function oclifOptions(pjson: PJSON, root: URL): Options {
  const plugin = ownPlugin(pjson, root)
  return { root: plugin.root, pjson, plugins: new Map([[plugin.name, plugin]]), userPlugins: false, devPlugins: false }
}

function ownPlugin(pjson: PJSON, root: URL): Plugin {
  const manifest = JSON.parse(readFileSync(new URL('oclif.manifest.json', root), 'utf8')) as Manifest
  const { name, version } = pjson
  const load = async (id: string): Promise<Command.Class> => {
    const path = manifest.commands[id]?.relativePath?.join('/') ?? ''
    const { default: command } = (await import(new URL(path, root).href)) as { default: Command.Class }
    return Object.assign(command, { id })
  }
  const commands = Object.values(manifest.commands).map((cached) => ({ ...cached, load: () => load(cached.id) }))
  return {
    _base: '',
    alias: name,
    commandIDs: Object.keys(manifest.commands),
    commands,
    commandsDir: undefined,
    findCommand: load,
    hasManifest: true,
    hooks: {},
    isRoot: true,
    load: () => Promise.resolve(),
    moduleType: 'module',
    name,
    options: { root: fileURLToPath(root) },
    pjson,
    root: fileURLToPath(root),
    topics: Object.entries(pjson.oclif.topics ?? {}).map(([topic, { description }]) => ({
      name: topic,
      ...(description === undefined ? {} : { description }),
    })),
    type: 'core',
    valid: true,
    version,
  }
}
