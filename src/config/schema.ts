/**
 * The form of `rotation.config.yaml`. Adapters bring the schemas of their own settings; everything else is here, with the
 * description of every key (they become the JSON Schema, the editor's help and the docs).
 */
import { z } from 'zod'
import type { Catalog, Declaration } from '../adapters/define.ts'
import { formatDuration, MINUTE, parseDuration, type Ms } from '../domain/duration.ts'
import { CREDENTIAL_PATTERN, NS_PATTERN } from '../domain/key-name.ts'
import { isTimeZone } from '../domain/calendar.ts'
import { DEFAULT_LIMITS, DEFAULT_POLICY, type Freeze, type Policy, type Window } from '../domain/policy.ts'

/** For whatever is judged once, such as a config: compiling a schema with `new Function` first costs more than it saves. Answers come by the thousand. */
export const ONCE = { jitless: true } as const

/** Text such as `90d`, `24h`, `15m`, `30s`; `0s` is allowed. */
const duration = z
  .string()
  .regex(/^\d{1,6}[smhd]$/, { error: 'a duration is a number and a unit: 90d, 24h, 15m or 30s' })
  .transform((text): Ms => parseDuration(text) ?? 0)

const lifetime = z
  .union([z.enum(['longest', 'none']), duration], { error: 'a lifetime is a duration such as 120d, or longest, or none' })
  .transform((value): Policy['lifetime'] => (value === 'none' ? null : value))

const withDefault = (schema: z.ZodType<Ms, string>, fallback: Ms, text: string) => schema.optional().describe(`${text} Default: ${formatDuration(fallback)}.`)

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** `09:00-17:00` to minutes of the day; 24:00 is the end of one. */
const hours = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'hours are two times of day: 09:00-17:00, or 22:00-04:00 past midnight' })

const windowSchema = z
  .strictObject({
    days: z
      .array(z.enum(DAYS))
      .min(1, { error: 'a window needs at least one day' })
      .optional()
      .describe('Days of the week on which the window opens. Default: all.'),
    hours: hours.optional().describe('Times of day; past midnight belongs to the day it begins on. Default: the whole day.'),
    timeZone: z
      .string()
      .refine(isTimeZone, { error: 'this is not the name of a time zone, such as Europe/Berlin' })
      .optional()
      .describe('Name of the time zone, such as Europe/Berlin. Frozen days are counted in it, too. Default: UTC.'),
  })
  .transform((written): Window => ({
    days: (written.days ?? DAYS).map((day) => DAYS.indexOf(day)),
    ...minutesOf(written.hours),
    timeZone: written.timeZone ?? 'UTC',
  }))

function minutesOf(text: string | undefined): Pick<Window, 'from' | 'to'> {
  const [from = 0, to = 0] = (text ?? '00:00-24:00').split('-').map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)))
  return { from, to: to % (24 * 60) }
}

const freezeSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(?:\.\.\d{4}-\d{2}-\d{2})?$/, { error: 'frozen days are a date or two: 2026-12-24, or 2026-12-20..2027-01-04' })
  .refine((text) => isSpan(...datesOf(text)), { error: 'these are not days of the calendar, the first one first' })
  .transform((text): Freeze => {
    const [first, last] = datesOf(text)
    return { first, last }
  })

function datesOf(text: string): readonly [string, string] {
  return [text.slice(0, 10), text.slice(-10)]
}

function isSpan(first: string, last: string): boolean {
  const real = (date: string): boolean => !Number.isNaN(Date.parse(date)) && new Date(date).toISOString().slice(0, 10) === date
  return real(first) && real(last) && first <= last
}

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
    window: z
      .union([z.literal('always'), windowSchema], { error: 'a window is always, or a map of days, hours and timeZone' })
      .optional()
      .describe('When `rotate --due` may begin, promote and revoke. Persons are not held to it. Default: always.'),
    freeze: z
      .union([z.literal('none'), z.array(freezeSchema)], { error: 'frozen days are none, or a list such as [2026-12-20..2027-01-04]' })
      .optional()
      .describe('Days on which `rotate --due` changes nothing, both ends included. Rotations are begun early enough before them. Default: none.'),
    jitter: withDefault(duration, DEFAULT_POLICY.jitter, 'Rotations begin earlier by a share of this, drawn from the name of the credential.'),
    approval: z
      .enum(['required', 'none'])
      .optional()
      .describe('Whether the old key may only die with an approval on record (`keyrot approve`). Default: none.'),
    approvalLife: withDefault(duration, DEFAULT_POLICY.approvalLife, 'How long an approval holds.'),
    revoke: z.enum(['prompt', 'auto']).optional().describe('Who says that the old key may die: a person (`prompt`) or this line (`auto`). Default: prompt.'),
  })
  .describe('How keys are rotated. Durations are text such as 90d, 24h, 15m or 30s.')

/** A dead man's end that is shorter than a slow rollout would fire while the run is still at it. */
const SHORTEST_DEADMAN = 30 * MINUTE

/** How an incident goes. */
export const incidentSchema = z
  .strictObject({
    deadman: duration
      .refine((ms) => ms >= SHORTEST_DEADMAN, { error: 'at least 30m: rollouts take their time' })
      .optional()
      .describe('How far ahead the end of a leaked key is kept while an incident goes on: it dies by itself if keyrot does. At least 30m. Default: 1h.'),
  })
  .describe('What `keyrot incident` does.')

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

export const environmentSchema = name
  .optional()
  .describe('What this target serves, such as production or staging: `status` then tells when one key is held in two of them.')

/** Keys that every target block may have besides those of its adapter. */
export const TARGET_KEYS = { wave: waveSchema, environment: environmentSchema }

const places = (fallback: number, text: string) => z.int().min(1).max(1000).default(fallback).describe(text)

export const limitsSchema = z
  .strictObject({
    atOnce: places(DEFAULT_LIMITS.atOnce, 'Rotations that `rotate --due` lets be under way at once, overlaps included.'),
    perProject: places(DEFAULT_LIMITS.perProject, 'The same for one provider block, which is one project.'),
  })
  .describe('How much `rotate --due` does at a time. Rotations that wait for a person do not count.')

/** The top level; blocks are judged one by one afterwards, so that one bad block hides nothing about the others. */
export const topSchema = z.strictObject({
  $schema: z.string().optional().describe('Where editors find the JSON Schema of this file.'),
  version: z.literal(1, { error: 'this keyrot reads version: 1' }).describe('Version of this file format.'),
  ns: z
    .string()
    .regex(NS_PATTERN, { error: 'ns is 8 lower-case letters or digits; keyrot init draws one' })
    .describe('8 random characters, drawn once by `keyrot init`, that tell the keys of this config from those of any other. Never change it.'),
  policy: policySchema.optional().describe('Defaults for every credential.'),
  state: z
    .unknown()
    .optional()
    .describe(
      'Where records and locks are kept. Default: files, in `.keyrot/` beside this file. Machines that rotate the same keys need a store that all of them see.',
    ),
  limits: limitsSchema.prefault({}),
  incident: incidentSchema.optional(),
  notify: z.record(z.string(), z.unknown()).optional().describe('Where `rotate --due` tells what people should know, each under a name of your choice.'),
  providers: z.record(z.string(), z.unknown()).describe('Where keys are born and die, each under a name of your choice.'),
  targets: z.record(z.string(), z.unknown()).describe('Where keys are kept for their consumers, each under a name of your choice.'),
  credentials: z.record(z.string(), z.unknown()).describe('What is rotated.'),
})

/** State in files needs no adapter. Its folder belongs to the invocation: `--state`. */
export const FILES: Declaration = { type: 'files', title: 'Files in the state folder', schema: z.strictObject({}) }

/** The named settings of an adapter. Every adapter's schema is an object (a test of the catalog holds them to it). */
export function shapeOf(declaration: Declaration): z.ZodRawShape {
  return declaration.schema instanceof z.ZodObject ? (declaration.schema.shape as z.ZodRawShape) : {}
}

function blocksOf(declarations: readonly Declaration[], common: z.ZodRawShape): z.ZodType {
  return z.record(name, blockOf(declarations, common))
}

/** One block, told apart by its type. */
function blockOf(declarations: readonly Declaration[], common: z.ZodRawShape): z.ZodType {
  const blocks = declarations.map((declaration) =>
    z.strictObject({ type: z.literal(declaration.type).describe(declaration.title), ...common, ...shapeOf(declaration) }).describe(declaration.title),
  )
  const [first, ...rest] = blocks
  return first === undefined ? z.never() : z.discriminatedUnion('type', [first, ...rest])
}

/** The whole file in one schema: what editors are given. Loading judges block by block and agrees with it. */
export function wholeSchema(catalog: Catalog): z.ZodType {
  return topSchema
    .extend({
      state: blockOf([FILES, ...catalog.states], {})
        .optional()
        .describe(topSchema.shape.state.description ?? ''),
      notify: blocksOf(catalog.sinks, {})
        .optional()
        .describe(topSchema.shape.notify.description ?? ''),
      providers: blocksOf(catalog.providers, {}).describe(topSchema.shape.providers.description ?? ''),
      targets: blocksOf(catalog.targets, TARGET_KEYS).describe(topSchema.shape.targets.description ?? ''),
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
