/** How a config names a secret, and the one spelling of it that locks and slots are taken on. */

/** What the settings say of where the secret is and who reaches it. */
export interface Whereabouts {
  readonly secret: string
  readonly region?: string | undefined
  readonly profile?: string | undefined
  readonly role?: string | undefined
}

export interface Address {
  readonly region: string
  /** Without the six random characters that end an ARN. */
  readonly name: string
  /** Twelve digits, where the settings tell. */
  readonly account: string | null
}

/** Characters of a name: API reference, CreateSecret. */
const NAME = '[A-Za-z0-9/_+=.@!-]{1,512}'
/** A complete ARN of a secret: partition, region, account, name, and the random suffix that AWS adds. */
export const SECRET_ARN = new RegExp(`^arn:(aws[a-z-]{0,20}):secretsmanager:([a-z0-9-]{1,40}):(\\d{12}):secret:(${NAME})-[A-Za-z0-9]{6}$`)
/** What names a secret. What begins as keys do is none: somebody pasted the key itself. */
export const SECRET_NAMED = new RegExp(`^(?!sk-)(?:${NAME}|${SECRET_ARN.source.slice(1, -1)})$`)
export const ROLE_ARN = /^arn:aws[a-z-]{0,20}:iam::(\d{12}):role\/[\w+=,.@/-]{1,512}$/

/** The address of a secret by name or ARN; an ARN knows its own region and account, a name is in the account of the role. */
export function addressOf(where: Whereabouts): Address {
  const [, , region, account, name] = SECRET_ARN.exec(where.secret) ?? []
  const ofRole = ROLE_ARN.exec(where.role ?? '')?.[1] ?? null
  return { region: region ?? where.region ?? '', name: name ?? where.secret, account: account ?? ofRole }
}

/** The record that every spelling of this secret shares. Accounts are left out: a name does not tell its own, and one lock too many only waits. */
export function recordOf({ region, name }: Address): string {
  return `aws-secrets-manager:${region}/${name}`
}

/** The slot by account, where it is known, and by whose credentials are used: spellings of one secret meet in one of them. */
export function slotsOf(where: Whereabouts & { readonly field?: string | undefined }): readonly string[] {
  const { region, name, account } = addressOf(where)
  const asked = ROLE_ARN.exec(where.role ?? '')?.[1] ?? `profile ${where.profile ?? 'default'}`
  const owners = new Set([...(account === null ? [] : [account]), asked])
  return [...owners].map((owner) => `${owner} ${region}/${name} ${where.field ?? ''}`)
}

/** The partition of a region, as ARNs write it. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}
