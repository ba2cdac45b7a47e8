/** A made-up catalog, and ways to judge a text with it. */
import { z } from 'zod'
import type { Catalog } from '../../../src/adapters/define.ts'
import { ConfigError, formatProblem, type Problem } from '../../../src/config/problems.ts'
import { judgeConfig, type LoadedConfig } from '../../../src/config/load.ts'

const never = (): never => {
  throw new Error('nothing connects in these tests')
}

export const toys: Catalog = {
  providers: [
    {
      type: 'mint-house',
      title: 'A mint',
      schema: z.strictObject({
        project: z.string().describe('The project.'),
        adminKey: z
          .string()
          .regex(/^(?:env|file):.+$/, 'a reference: env:NAME or file:path')
          .optional(),
        probe: z.strictObject({ models: z.array(z.string()).optional() }).optional(),
      }),
      permissions: () => [],
      connect: never,
    },
    { type: 'paper', title: 'Paper', schema: z.strictObject({}), permissions: () => [], connect: never },
  ],
  sinks: [],
  states: [
    {
      type: 'shelf',
      title: 'A shelf',
      schema: z.strictObject({ room: z.string().describe('The room.') }),
      permissions: () => [],
      open: never,
    },
  ],
  targets: [
    {
      type: 'drawer',
      title: 'A drawer',
      schema: z.strictObject({
        label: z.string(),
        spare: z
          .string()
          .refine((text) => !text.includes('-proj-'), { error: (issue) => `careless words about ${String(issue.input)}` })
          .optional(),
        consumers: z.enum(['reread', 'manual']).default('reread'),
      }),
      slots: (settings) => {
        const { label, spare } = settings as { label: string; spare?: string }
        return spare === undefined ? [label] : [label, spare]
      },
      permissions: () => [],
      connect: never,
    },
    { type: 'safe', title: 'A safe', schema: z.strictObject({ number: z.int(), token: z.string() }), permissions: () => [], connect: never },
  ],
}

export const GOOD = `version: 1
ns: abcd1234
providers:
  main: {type: mint-house, project: p1, adminKey: env:ADMIN_KEY}
targets:
  web: {type: drawer, label: one}
  safe: {type: safe, number: 7, token: file:secrets/token, wave: 2}
credentials:
  prod-api:
    provider: main
    targets: [web, safe]
`

export type Judgement = {
  readonly config: Omit<LoadedConfig, 'root'> | null
  readonly problems: readonly Problem[]
  readonly lines: readonly string[]
  readonly all: string
}

/** Judges a text and gives back what was found, errors or warnings. */
export function judge(text: string, catalog: Catalog = toys): Judgement {
  try {
    const config = judgeConfig('rotation.config.yaml', text, catalog)
    return { config, ...shown(config.warnings), all: '' }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { config: null, ...shown(error.problems), all: `${error.message}\n${error.stack}\n${JSON.stringify(error)}\n${error.hints.join('\n')}` }
  }
}

function shown(problems: readonly Problem[]): { problems: readonly Problem[]; lines: readonly string[] } {
  return { problems, lines: problems.map((problem) => formatProblem('c.yaml', problem)) }
}

/** Every code with its place, `CODE@line:column`. */
export function codes(text: string): readonly string[] {
  return judge(text).problems.map(({ code, place }) => `${code.replace('KR_CONFIG_', '')}@${place.line}:${place.column}`)
}

/** The good config with one piece replaced. */
export function but(from: string, to: string): string {
  if (!GOOD.includes(from)) throw new Error(`the good config has no ${from}`)
  return GOOD.replace(from, () => to)
}

/** A key that looks real at run time and like nothing in the source. */
export const CANARY = ['sk', '-proj-', 'cA9'.repeat(24), 'xy', 'T3Blbk', 'FJ', 'zQ7'.repeat(24), 'xy'].join('')
