import * as Flags from '@oclif/core/flags'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { BaseCommand, misused } from '../cli/base-command.ts'
import { token } from '../cli/outside/chance.ts'
import { startClouds } from '../sandbox/clouds.ts'
import { parseFault, type FaultRule } from '../sandbox/openai/openai.ts'

export default class Sandbox extends BaseCommand {
  static override summary = 'start the embedded OpenAI, AWS, Kubernetes and Vercel on loopback, until Ctrl-C'
  static override description =
    'Writes its environment to a file that only you can read and prints the path: set -a; . FILE; set +a. Nothing in it opens anything outside.'
  static override examples = ['<%= config.bin %> sandbox', '<%= config.bin %> sandbox --port 8787 --fault "503*2 POST /api_keys$"']
  static override flags = {
    port: Flags.integer({ default: 0, min: 0, max: 65_535, description: 'port of the embedded OpenAI on 127.0.0.1; 0 takes a free one', helpValue: 'PORT' }),
    folder: Flags.string({ description: 'where sandbox.env goes; a new temporary folder if not given', helpValue: 'FOLDER' }),
    fault: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'something that goes wrong at the embedded OpenAI: KIND[*TIMES] [METHOD] [PATH-REGEX]',
      helpValue: 'FAULT',
    }),
  }

  override async run(): Promise<number> {
    const { flags } = await this.parse(Sandbox)
    // Absolute, because what is written into sandbox.env is read from wherever its user stands.
    const folder = flags.folder === undefined ? join(tmpdir(), `keyrot-sandbox-${token(8)}`) : resolve(flags.folder)
    const clouds = await startClouds(folder, { openai: { port: flags.port, faults: (flags.fault ?? []).map(readFault) } })
    this.atEnd(async () => {
      await clouds.close()
      if (flags.folder === undefined) await rm(folder, { recursive: true, force: true })
    })
    const { openai, aws, kubernetes, vercel } = clouds
    const urls = { openai: openai.urls.openai, aws: aws.url, kubernetes: kubernetes.url, vercel: vercel.url, control: openai.urls.control }
    this.show(
      flags.json,
      () => ({ environment: clouds.envFile, ...urls }),
      () => [clouds.envFile],
    )
    if (!flags.json) for (const line of [...Object.entries(urls).map(([name, url]) => `${name}: ${url}`), 'stops with Ctrl-C']) this.surface().screen.say(line)
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
