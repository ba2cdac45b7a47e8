/** A key in an environment variable of a Vercel project, down to the deployment that serves production. docs/targets/vercel.md */
import { defineTarget, type PermissionSheet } from '../define.ts'
import { schema, type Settings } from './vercel-settings.ts'

export const vercel = defineTarget({
  type: 'vercel',
  title: 'A Vercel environment variable',
  schema,
  slots: ({ team, project, variable, environments, gitBranch }) => environments.map((name) => [team ?? '', project, variable, name, gitBranch ?? ''].join(' ')),
  permissions: (blocks) => [sheetOf(blocks)],
  connect: async (name, settings, around) => (await import('./vercel-target.ts')).connectVercel(name, settings, around),
})

const ADVICE = [
  'Limit the token to the team, give it an end, and take a member whose role',
  'reaches no other project. Variables of production ask for more rights than',
  'those of previews.',
]

/** Vercel's tokens act for a person: a role that may not do more than this is what limits them. */
function sheetOf(blocks: readonly { readonly name: string; readonly settings: Settings }[]): PermissionSheet {
  const lines = blocks.flatMap(({ name, settings: { project, team, variable, environments, visibility, redeploy } }) => [
    `${name}: a token of somebody who may, in project ${project}${team === undefined ? '' : ` of ${team}`},`,
    `  see and change ${variable} in ${environments.join(', ')}`,
    '    GET, POST, PATCH, DELETE /projects/{project}/env',
    ...(visibility === 'readable' ? ['  read its value', '    GET /v1/projects/{project}/env/{id}'] : []),
    '  read project, domains, deployments',
    '    GET /projects/{project}, /v4/aliases, /v7/deployments',
    ...(redeploy === 'deployment' || redeploy === 'git' ? ['  start production deployments', '    POST /v13/deployments'] : []),
  ])
  return { title: 'Vercel access token', format: 'text', body: [...lines, ...ADVICE].join('\n') }
}
