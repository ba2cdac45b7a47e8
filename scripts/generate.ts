/**
 * Renews what is derived from the source: `rotation.schema.json`, the settings tables of the docs, `docs/commands.md`, `docs/findings.md` and `docs/rules.md`.
 * `node scripts/generate.ts` writes; with `--check` it only says what is stale and exits 1.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalog } from '../src/adapters/catalog.ts'
import { configJsonSchema, withSettings } from '../src/config/json-schema.ts'
import { commandsPage } from './commands-page.ts'
import { loadCommands } from './commands.ts'
import { RULES } from '../src/scan/rules/rules.ts'
import { rulesPage } from './rules-page.ts'
import { findingsPage } from './findings-page.ts'

const root = join(import.meta.dirname, '..')

/** Every derived file with the content it should have. A docs page that is not there yet is left to the catalog test. */
async function derived(): Promise<readonly { path: string; content: string }[]> {
  const pages = (['providers', 'targets', 'states', 'sinks'] as const).flatMap((kind) =>
    catalog[kind]
      .map((declaration) => ({ declaration, path: `docs/${kind}/${declaration.type}.md` }))
      .filter(({ path }) => existsSync(join(root, path)))
      .map(({ declaration, path }) => ({ path, content: withSettings(readFileSync(join(root, path), 'utf8'), declaration) })),
  )
  return [
    { path: 'rotation.schema.json', content: `${JSON.stringify(configJsonSchema(catalog), null, 2)}\n` },
    { path: 'docs/findings.md', content: findingsPage() },
    { path: 'docs/commands.md', content: commandsPage(await loadCommands()) },
    { path: 'docs/rules.md', content: rulesPage(RULES) },
    ...pages,
  ]
}

const stale = (await derived()).filter(({ path, content }) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== content)
const checking = process.argv.includes('--check')
for (const { path, content } of stale) {
  if (!checking) writeFileSync(join(root, path), content)
  process.stdout.write(`${checking ? 'stale' : 'written'}: ${path}\n`)
}
if (checking && stale.length > 0) process.exitCode = 1
