/** The least IAM policy for some blocks: the four calls on the named secrets, and what a role or a customer's KMS key takes. */
import type { PermissionSheet } from '../define.ts'
import { addressOf, partitionOf, SECRET_ARN, type Whereabouts } from './aws-secrets-manager-address.ts'

export interface Granted extends Whereabouts {
  readonly kmsKey?: string | undefined
}

const ACTIONS = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map((action) => `secretsmanager:${action}`)

interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** One policy for each identity that keyrot acts as, and one more where an identity takes roles. */
export function policiesFor(blocks: readonly Granted[]): readonly PermissionSheet[] {
  const identities = grouped(blocks, (block) => block.role ?? profileOf(block))
  const takers = grouped(
    blocks.filter((block) => block.role !== undefined),
    profileOf,
  )
  return [
    ...identities.map(([who, own]) => sheet(`IAM policy for ${who}`, [secrets(own), ...keys(own)])),
    ...takers.map(([who, own]) => sheet(`IAM policy for ${who}, to take its roles`, [roles(own)])),
  ]
}

const profileOf = ({ profile }: Granted): string => (profile === undefined ? 'the identity that keyrot runs as' : `the profile ${profile}`)

function grouped(blocks: readonly Granted[], by: (block: Granted) => string): readonly (readonly [string, readonly Granted[]])[] {
  return [...Map.groupBy(blocks, by)].toSorted(([left], [right]) => (left < right ? -1 : 1))
}

function secrets(blocks: readonly Granted[]): Statement {
  return { Sid: 'KeyrotSecrets', Effect: 'Allow', Action: ACTIONS, Resource: sorted(blocks.map(resourceOf)) }
}

/** Only where the config says that the secret is encrypted with a key of the customer's own. */
function keys(blocks: readonly Granted[]): readonly Statement[] {
  const encrypted = blocks.filter((block) => block.kmsKey !== undefined)
  if (encrypted.length === 0) return []
  const through = sorted(encrypted.map((block) => `secretsmanager.${addressOf(block).region}.amazonaws.com`))
  const resources = sorted(encrypted.flatMap((block) => block.kmsKey ?? []))
  const condition = { StringEquals: { 'kms:ViaService': through } }
  return [{ Sid: 'KeyrotKms', Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: resources, Condition: condition }]
}

function roles(blocks: readonly Granted[]): Statement {
  return { Sid: 'KeyrotRoles', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: sorted(blocks.flatMap((block) => block.role ?? [])) }
}

/** A name stands for the one secret of that name: AWS puts six random characters behind it. The account is not in a name. */
function resourceOf(block: Granted): string {
  if (SECRET_ARN.test(block.secret)) return block.secret
  const { region, name, account } = addressOf(block)
  return `arn:${partitionOf(region)}:secretsmanager:${region}:${account ?? '*'}:secret:${name}-??????`
}

function sheet(title: string, statements: readonly Statement[]): PermissionSheet {
  return { title, format: 'json', body: JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2) }
}

const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted()
