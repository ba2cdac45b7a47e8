/** Flags that several commands share, each with an environment form. No default reads the environment: oclif would bake it into its manifest. */
import * as Flags from '@oclif/core/flags'

/** Every command has these. */
export const COMMON_FLAGS = {
  json: Flags.boolean({ env: 'KEYROT_JSON', description: 'one JSON object on stdout', helpGroup: 'GLOBAL' }),
  verbose: Flags.boolean({ env: 'KEYROT_VERBOSE', description: 'every event, and where in keyrot an error arose', helpGroup: 'GLOBAL' }),
}

/** Commands that read a config. */
export const CONFIG_FLAGS = {
  config: Flags.string({ env: 'KEYROT_CONFIG', default: 'rotation.config.yaml', description: 'the config file', helpValue: 'FILE', helpGroup: 'GLOBAL' }),
  state: Flags.string({
    env: 'KEYROT_STATE',
    description: 'the state folder; .keyrot beside the config if not given',
    helpValue: 'FOLDER',
    helpGroup: 'GLOBAL',
  }),
  'allow-host': Flags.string({
    env: 'KEYROT_ALLOW_HOSTS',
    multiple: true,
    multipleNonGreedy: true,
    description: 'a host other than the provider’s own that keys may be sent to',
    helpValue: 'HOST',
    helpGroup: 'GLOBAL',
  }),
  'no-input': Flags.boolean({ env: 'KEYROT_NO_INPUT', description: 'never ask, as without a terminal', helpGroup: 'GLOBAL' }),
}

/** Commands that change something. */
export const RUN_FLAGS = {
  events: Flags.boolean({ env: 'KEYROT_EVENTS', description: 'one JSON line per event on stdout', exclusive: ['json'], helpGroup: 'GLOBAL' }),
  yes: Flags.boolean({ env: 'KEYROT_YES', char: 'y', description: 'go ahead with the plan without asking; never answers for a revocation' }),
  reason: Flags.string({ env: 'KEYROT_REASON', description: 'why, for the journal', helpValue: 'TEXT' }),
  waive: Flags.string({
    env: 'KEYROT_WAIVE',
    multiple: true,
    multipleNonGreedy: true,
    description: 'an item of the warrant that cannot be proven here, accepted by name',
    helpValue: 'ITEM',
  }),
}

/** A list flag's value: oclif hands over one text where it came from the environment. */
export function listOf(value: readonly string[] | string | undefined): readonly string[] {
  const given = value === undefined ? [] : typeof value === 'string' ? [value] : value
  return given
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')
}
