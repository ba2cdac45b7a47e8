/** What `keyrot permissions` says of OpenAI: which calls an admin key must be allowed. OpenAI publishes no list of admin scopes. */
import type { PermissionSheet } from '../define.ts'

export interface RightsBlock {
  readonly name: string
  readonly settings: { readonly project: string; readonly serviceAccount?: string | undefined; readonly adminKey?: unknown }
}

/** One sheet over all blocks; its lines fit 80 columns unless a name is long. */
export function openaiRights(blocks: readonly RightsBlock[]): PermissionSheet {
  return { title: 'OpenAI admin key', format: 'text', body: blocks.flatMap(rightsOf).join('\n') }
}

const PROJECT = '/organization/projects/{project}'
const ACCOUNTS = `${PROJECT}/service_accounts`

function rightsOf({ name, settings: { project, serviceAccount, adminKey } }: RightsBlock): string[] {
  if (adminKey === undefined) return [`${name}: no admin key; a person creates and deletes keys of project`, `  ${project}`]
  return [
    `${name}: an admin key (only an organization owner can make one) that is`,
    `allowed, in project ${project} alone, to`,
    '  read the project, and read, change and delete its API keys',
    `    GET ${PROJECT}`,
    `    GET, POST, DELETE ${PROJECT}/api_keys`,
    ...(serviceAccount === undefined ? OWN_ACCOUNTS : [`  create keys of service account ${serviceAccount}`, `    GET, POST ${ACCOUNTS}/{account}`]),
    ...COMPLETE,
    'and only for `keyrot revoke NAME --stop-project`, to change rate limits',
    `    GET, POST ${PROJECT}/rate_limits`,
    'It needs no model and no other project.',
  ]
}

const OWN_ACCOUNTS = ['  create service accounts, each with its first key, and delete those', `    POST, DELETE ${ACCOUNTS}`]

/** Nothing fails without these; something stays unknown. */
const COMPLETE = [
  'and to read, for `keyrot status`, `usage` and `runs report` to be complete,',
  '  limits, alerts and models',
  `    GET ${PROJECT}/spend_limit`,
  '        (also spend_alerts, model_permissions)',
  '  admin keys and projects',
  '    GET /organization/admin_api_keys, /organization/projects',
  '  usage, costs and the audit log',
  '    GET /organization/usage, /organization/costs, /organization/audit_logs',
]
