/**
 * The form of `rotation.config.yaml`. Adapters bring the schemas of their own settings; everything else is here, with the
 * description of every key (they become the JSON Schema, the editor's help and the docs).
 */
import { z } from 'zod'
import type { Catalog, ProviderDeclaration, TargetDeclaration } from '../adapters/define.ts'
import { formatDuration, parseDuration, type Ms } from '../domain/duration.ts'
import { CREDENTIAL_PATTERN, NS_PATTERN } from '../domain/key-name.ts'
import { DEFAULT_POLICY, type Policy } from '../domain/policy.ts'

/** Text such as `90d`, `24h`, `15m`, `30s`; `0s` is allowed. */
const duration = z
  .string()
  .regex(/^\d{1,6}[smhd]$/, { error: 'a duration is a number and a unit: 90d, 24h, 15m or 30s' })
  .transform((text): Ms => parseDuration(text) ?? 0)

const lifetime = z
  .union([z.enum(['longest', 'none']), duration], { error: 'a lifetime is a duration such as 120d, or longest, or none' })
  .transform((value): Policy['lifetime'] => (value === 'none' ? null : value))

const withDefault = (schema: z.ZodType<Ms, string>, fallback: Ms, text: string) => schema.optional().describe(`${text} Default: ${formatDuration(fallback)}.`)

/** A policy as written: any key may be absent and then falls to the config's own default, and from there to keyrot's. */
export const policySchema = z
  .strictObject({
    maxAge: withDefault(duration, DEFAULT_POLICY.maxAge, 'Age at which a key is due for rotation.'),
    warnBefore: withDefault(duration, DEFAULT_POLICY.warnBefore, 'How long before that `status` begins to warn.'),
    overlap: withDefault(duration, DEFAULT_POLICY.overlap, 'How long old and new key live side by side after the last promotion.'),
    quiet: withDefault(duration, DEFAULT_POLICY.quiet, 'How long the old key must have been unused before it may be revoked.'),
    lifetime: lifetime
      .optional()
      .describe('Life of a key in use: a duration, `longest` (what the provider and its policy allow) or `none` (no expiry). Default: longest.'),
    safetyHorizon: withDefault(duration, DEFAULT_POLICY.safetyHorizon, 'No key that ends sooner than this is put or left where consumers read it.'),
    birthLife: withDefault(duration, DEFAULT_POLICY.birthLife, 'Life of a new key until it is proven: bounds what a lost answer can cost.'),
    verifyWindow: withDefault(duration, DEFAULT_POLICY.verifyWindow, 'How long a new key may stay unknown to the provider before a refusal counts.'),
    listDelay: withDefault(duration, DEFAULT_POLICY.listDelay, "How stale the provider's list of keys may be."),
    revoke: z.enum(['prompt', 'auto']).optional().describe('Who says that the old key may die: a person (`prompt`) or this line (`auto`). Default: prompt.'),
  })
  .describe('How keys are rotated. Durations are text such as 90d, 24h, 15m or 30s.')

export type WrittenPolicy = z.output<typeof policySchema>

/** Names of blocks become parts of step ids, file names and markers. */
const name = z.string().regex(CREDENTIAL_PATTERN)
export const NAME_WORDS = 'a name is 1 to 40 lower-case letters, digits and inner dashes'

/** One credential as written. */
export const credentialSchema = z
  .strictObject({
    provider: z.string().describe('Name of a block under `providers`: where the key is born and dies.'),
    targets: z
      .array(z.string())
      .min(1, { error: 'a credential needs at least one target' })
      .describe('Names of blocks under `targets`: everywhere this key is kept.'),
    policy: policySchema.optional().describe("What differs from the config's own `policy`."),
  })
  .describe('A lasting thing that people name, such as prod-api: one key at a time, kept in some targets.')

/** The keys of a target block that are not its adapter's. */
export const waveSchema = z.int().min(1).max(99).optional().describe('Waves run one after the other, each verified before the next begins. Default: 1.')

/** The top level; blocks are judged one by one afterwards, so that one bad block hides nothing about the others. */
export const topSchema = z.strictObject({
  $schema: z.string().optional().describe('Where editors find the JSON Schema of this file.'),
  version: z.literal(1, { error: 'this keyrot reads version: 1' }).describe('Version of this file format.'),
  ns: z
    .string()
    .regex(NS_PATTERN, { error: 'ns is 8 lower-case letters or digits; keyrot init draws one' })
    .describe('8 random characters, drawn once by `keyrot init`, that tell the keys of this config from those of any other. Never change it.'),
  policy: policySchema.optional().describe('Defaults for every credential.'),
  providers: z.record(z.string(), z.unknown()).describe('Where keys are born and die, each under a name of your choice.'),
  targets: z.record(z.string(), z.unknown()).describe('Where keys are kept for their consumers, each under a name of your choice.'),
  credentials: z.record(z.string(), z.unknown()).describe('What is rotated.'),
})

/** The named settings of an adapter. Every adapter's schema is an object (a test of the catalog holds them to it). */
export function shapeOf(declaration: ProviderDeclaration | TargetDeclaration): z.ZodRawShape {
  return declaration.schema instanceof z.ZodObject ? (declaration.schema.shape as z.ZodRawShape) : {}
}

function blocksOf(declarations: readonly (ProviderDeclaration | TargetDeclaration)[], common: z.ZodRawShape): z.ZodType {
  const blocks = declarations.map((declaration) =>
    z.strictObject({ type: z.literal(declaration.type).describe(declaration.title), ...common, ...shapeOf(declaration) }).describe(declaration.title),
  )
  const [first, ...rest] = blocks
  return z.record(name, first === undefined ? z.never() : z.discriminatedUnion('type', [first, ...rest]))
}

/** The whole file in one schema: what editors are given. Loading judges block by block and agrees with it. */
export function wholeSchema(catalog: Catalog): z.ZodType {
  return topSchema
    .extend({
      providers: blocksOf(catalog.providers, {}).describe(topSchema.shape.providers.description ?? ''),
      targets: blocksOf(catalog.targets, { wave: waveSchema }).describe(topSchema.shape.targets.description ?? ''),
      credentials: z.record(name, credentialSchema).describe(topSchema.shape.credentials.description ?? ''),
    })
    .describe('Configuration of keyrot.')
}

/** keyrot's defaults, then the config's, then the credential's. */
export function mergePolicy(...written: readonly (WrittenPolicy | undefined)[]): Policy {
  const merged: Policy = { ...DEFAULT_POLICY }
  for (const layer of written) {
    Object.assign(merged, Object.fromEntries(Object.entries(layer ?? {}).filter(([, value]) => value !== undefined)))
  }
  return merged
}
