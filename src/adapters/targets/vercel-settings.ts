/** What a target in a Vercel project is told. */
import { z } from 'zod'

const reference = z.string().regex(/^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/, 'a reference: env:NAME or file:path')

export const schema = z
  .strictObject({
    project: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,100}$/, 'the id (`prj_…`) or the name of a project')
      .describe('The project: its id (`prj_…`) or its name. Write it alike in every target of the project.'),
    team: z
      .string()
      .regex(/^team_[A-Za-z0-9]{1,60}$/, 'a team id begins with team_')
      .optional()
      .describe('Id of the team that owns the project (`team_…`). Left out, the project belongs to the person of the token.'),
    variable: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/, 'must be a variable name: letters, digits and _, not starting with a digit')
      .default('OPENAI_API_KEY')
      .describe('The variable that holds the key in use.'),
    environments: z
      .array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'production, preview, development, or the slug or id of a custom environment'))
      .min(1)
      .max(20)
      .refine((names) => new Set(names).size === names.length, 'names an environment twice')
      .describe(
        'Every environment that the entry covers: `production`, `preview`, `development`, slugs or ids of custom ones. An entry that covers more is refused.',
      ),
    gitBranch: z
      .string()
      .min(1)
      .max(250)
      .optional()
      .describe('The branch, for an entry of `preview` that is limited to one. Default: the entry for all branches.'),
    visibility: z
      .enum(['readable', 'sensitive'])
      .default('readable')
      .describe('`sensitive` for a variable whose value Vercel never shows again. An entry of the other kind is refused.'),
    redeploy: z
      .enum(['deployment', 'git', 'hook', 'none'])
      .describe(
        'How production gets the new key: `deployment` builds what serves now once more, `git` its commit, `hook` calls a deploy hook; `none` = a person redeploys (keyrot asks).',
      ),
    deployHook: reference
      .optional()
      .describe('Reference to the address of the deploy hook (`env:NAME` or `file:path`), for `redeploy: hook`. Who has it can deploy.'),
    oldDeployments: z
      .enum(['ask', 'accept'])
      .default('ask')
      .describe(
        'Previews and deployments to roll back to keep the old key, and would bring it back dead: `ask` a person before it dies, or `accept` that here, for rotations that run by themselves.',
      ),
    token: reference.describe('Reference to an access token (`env:NAME` or `file:path`).'),
  })
  .refine(({ redeploy, environments }) => redeploy === 'none' || environments.includes('production'), {
    path: ['redeploy'],
    message: 'brings only production up to date; without `production` among the environments it is `none`',
  })
  .refine(({ redeploy, deployHook }) => (redeploy === 'hook') === (deployHook !== undefined), {
    path: ['deployHook'],
    message: 'goes with `redeploy: hook`, and only with that',
  })
  .refine(({ gitBranch, environments }) => gitBranch === undefined || environments.join() === 'preview', {
    path: ['gitBranch'],
    message: 'goes with `environments: [preview]` only',
  })
  .refine(({ visibility, environments }) => visibility === 'readable' || !environments.includes('development'), {
    path: ['visibility'],
    message: 'a sensitive variable cannot cover development',
  })

export type Settings = z.output<typeof schema>
