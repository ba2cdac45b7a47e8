import { Flags } from '@oclif/core'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BaseCommand, misused } from '../cli/base-command.ts'
import { token } from '../cli/chance.ts'
import { startCloud } from '../sandbox/environment.ts'
import { parseFault, type FaultRule } from '../sandbox/openai.ts'

export default class Sandbox extends BaseCommand {
  static override summary = 'start the embedded cloud on loopback, until Ctrl-C'
  static override description =
    'Writes its environment to a file that only you can read and prints the path: set -a; . FILE; set +a. Nothing in it opens anything outside.'
  static override examples = ['<%= config.bin %> sandbox', '<%= config.bin %> sandbox --port 8787 --fault "503*2 POST /api_keys$"']
  static override flags = {
    port: Flags.integer({ default: 0, min: 0, max: 65_535, description: 'port on 127.0.0.1; 0 takes a free one', helpValue: 'PORT' }),
    folder: Flags.string({ description: 'where sandbox.env goes; a new temporary folder if not given', helpValue: 'FOLDER' }),
    fault: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'something that goes wrong: KIND[*TIMES] [METHOD] [PATH-REGEX]',
      helpValue: 'FAULT',
    }),
  }

  override async run(): Promise<number> {
    const { flags } = await this.parse(Sandbox)
    const folder = flags.folder ?? join(tmpdir(), `keyrot-sandbox-${token(8)}`)
    const cloud = await startCloud(folder, { port: flags.port, faults: (flags.fault ?? []).map(readFault) })
    this.atEnd(async () => {
      await cloud.close()
      if (flags.folder === undefined) await rm(folder, { recursive: true, force: true })
    })
    this.show(
      flags.json,
      () => ({ environment: cloud.envFile, openai: cloud.urls.openai, control: cloud.urls.control }),
      () => [cloud.envFile],
    )
    if (!flags.json) this.surface().screen.say(`openai: ${cloud.urls.openai}, control: ${cloud.urls.control}; stops with Ctrl-C`)
    await this.interruption.sleep(Number.POSITIVE_INFINITY).catch(() => undefined)
    return 0
  }
}

function readFault(text: string): FaultRule {
  try {
    return parseFault(text)
  } catch {
    throw misused('a fault cannot be understood', 'such as: --fault "effect-then-reset*2 POST /api_keys$"')
  }
}
