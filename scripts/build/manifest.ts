/** What oclif needs to know of every command without loading it: words, arguments, flags, and which file it is in. */
import { Plugin } from '@oclif/core'
import type { Manifest, PJSON } from '@oclif/core/interfaces'
import { usageOf } from '../usage.ts'

/** Loads every command below `root` as built and reads it. Throws when one cannot be loaded. */
export async function manifestOf(root: string, pjson: unknown): Promise<Manifest> {
  const plugin = new Plugin({ root, isRoot: true, pjson: pjson as PJSON, ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true })
  await plugin.load()
  for (const command of Object.values(plugin.manifest.commands)) {
    // Left to oclif, the usage lists every flag, and only examples that begin with keyrot get a prompt.
    command.usage ??= usageOf(command.id.replaceAll(':', ' '), command.args)
    command.examples = command.examples?.map((example) => (typeof example === 'string' && !/^(?:<%|\$)/.test(example) ? `$ ${example}` : example))
    if (command.id === 'autocomplete') command.description = 'print how to set up completion for your shell'
  }
  return plugin.manifest
}
