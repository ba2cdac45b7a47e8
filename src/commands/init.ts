import * as Flags from '@oclif/core/flags'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { catalog } from '../adapters/catalog.ts'
import { misused, refused } from '../cli/base-command.ts'
import { token } from '../cli/outside/chance.ts'
import { gatherRights } from '../cli/check.ts'
import { ConfigCommand } from '../cli/config-command.ts'
import { gatherAnswers } from '../cli/init/answers.ts'
import { draftConfig } from '../cli/init/draft.ts'
import { findPlaces } from '../cli/init/find.ts'
import type { Surface } from '../cli/outside/screen.ts'
import { judgeConfig } from '../config/load.ts'
import { ConfigError } from '../config/problems.ts'
import type { KeyrotError } from '../domain/errors.ts'
import { nodeCalls } from '../state/calls.ts'
import { openFolder } from '../state/folder.ts'
import { checkJson } from '../ui/json.ts'
import { createForm, type Form } from '../ui/prompts.ts'
import { checkLines } from '../ui/text/check.ts'

export default class Init extends ConfigCommand {
  static override summary = 'write a config for this folder, then check it'
  static override description =
    'Looks for .env files and for other places that hold keys (names only, never values), asks what it cannot know, and ends by running check.'
  static override examples = ['<%= config.bin %> init', '<%= config.bin %> init --no-input --project proj_abc --target .env']
  static override flags = {
    name: Flags.string({ description: 'the credential’s name', helpValue: 'NAME' }),
    project: Flags.string({ description: 'the project at OpenAI', helpValue: 'PROJECT' }),
    'service-account': Flags.string({ description: 'the service account that owns the keys, by id', helpValue: 'ID' }),
    'admin-key': Flags.string({ description: 'where the admin key is found: env:NAME, file:PATH, or none', helpValue: 'REFERENCE' }),
    scopes: Flags.string({ description: 'what new keys may do: scopes with commas, or all', helpValue: 'SCOPES' }),
    target: Flags.string({ multiple: true, multipleNonGreedy: true, description: 'a file that holds the key: FILE or FILE:VARIABLE', helpValue: 'TARGET' }),
    consumers: Flags.option({
      options: ['reread', 'manual'] as const,
      description: 'how programs get a new key: by themselves, or by a person who restarts them',
    })(),
  }

  override async run(): Promise<number> {
    const { flags } = await this.parse(Init)
    const path = resolve(flags.config)
    const folder = dirname(path)
    if (existsSync(path)) throw exists()
    const surface = this.surface(flags['no-input'] === true)
    const found = await findPlaces(folder, homedir(), (name) => process.env[name])
    const isSet = (name: string): boolean => (process.env[name] ?? '') !== ''
    const answers = await gatherAnswers({ flags, found, folder, ns: token(8), form: this.#form(surface), isSet })
    const text = draftConfig(answers)
    judge(flags.config, text)
    await write(path, text)
    openFolder(flags.state ?? join(folder, '.keyrot'), nodeCalls).prepare()
    surface.screen.say(`wrote ${flags.config}; now checking it`)
    const session = await this.session(flags)
    const lines = await gatherRights(session.ws, session.site)
    this.show(
      flags.json,
      () => ({ config: flags.config, ...(checkJson(lines) as object) }),
      () => checkLines(lines, session.screen.columns),
    )
    const lacking = lines.some((line) => line.state === 'missing')
    surface.screen.say(lacking ? 'next: mend what is missing, then: keyrot check' : 'next: keyrot plan')
    return lacking ? 7 : 0
  }

  #form({ screen, keyboard }: Surface): Form | null {
    if (keyboard === null || screen.terminal === null) return null
    const view = { aside: <T>(paint: () => Promise<T>): Promise<T> => paint() }
    return createForm({ screen, terminal: screen.terminal, keyboard, view, signal: this.interruption.signal, leave: this.interruption.leave })
  }
}

/** A wrong answer never becomes a wrong file. */
function judge(path: string, text: string): void {
  try {
    judgeConfig(path, text, catalog)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw misused('these answers do not make a config that works; nothing was written', ...error.problems.map((problem) => problem.message))
  }
}

function exists(): KeyrotError {
  return refused('KR_INIT_EXISTS', 'there is a config already, and it was left as it is', 'check it with: keyrot check')
}

/** Written once: an existing config is never touched. */
async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' })
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw isThere ? exists() : refused('KR_INIT_WRITE', 'the config cannot be written here')
  }
}
