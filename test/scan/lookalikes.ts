/** What is taken for a key and is none: stand-ins that people write, and texts that machines make. */
import type { Chance } from '../simulation/clock.ts'
import { ALNUM, drawn, HEX, URL_SAFE } from './kinds.ts'

export interface Lookalike {
  readonly kind: string
  readonly draw: (random: Chance) => string
}

const MARK = ['T3Blbk', 'FJ'].join('')
const PREFIXES = [
  ['sk-', 'proj-'],
  ['sk-', 'svcacct-'],
  ['sk-', 'ant-api03-'],
  ['sk-', 'or-v1-'],
  ['AI', 'zaSy'],
  ['gh', 'p_'],
  ['gl', 'pat-'],
  ['h', 'f_'],
  ['vc', 'p_'],
  ['sk', '-'],
].map((parts) => parts.join(''))
const word = (random: Chance): string => random.pick(['task', 'risk', 'disk', 'desk', 'ask', 'mask', 'flask', 'kiosk'])
const hex = (length: number) => (random: Chance) => drawn(random, HEX, length)

/** Written in a key's place, even in a variable that names one. */
export const STAND_INS: readonly Lookalike[] = [
  { kind: 'prefix and dots', draw: (random) => `${random.pick(PREFIXES)}...` },
  { kind: 'prefix and x', draw: (random) => random.pick(PREFIXES) + random.pick(['x', 'X', '0', '*', 'a']).repeat(20 + random.below(60)) },
  {
    kind: 'your-key-here',
    draw: (random) =>
      random.pick(PREFIXES) + random.pick(['your-key-here', 'YOUR_API_KEY', 'your-openai-api-key-goes-here-please', 'REPLACE_ME_WITH_A_REAL_KEY_123456789']),
  },
  { kind: 'whole form of x', draw: (random) => ['sk-', 'proj-', 'x'.repeat(74), MARK, random.pick(['x', 'y']).repeat(74)].join('') },
  {
    kind: 'form with example in it',
    draw: (random) => ['sk-', 'proj-', drawn(random, URL_SAFE, 30), '-EXAMPLE-', drawn(random, URL_SAFE, 35), MARK, drawn(random, URL_SAFE, 74)].join(''),
  },
  { kind: 'masked', draw: (random) => `${random.pick(PREFIXES)}${drawn(random, ALNUM, 4)}${'*'.repeat(20 + random.below(40))}${drawn(random, ALNUM, 4)}` },
  { kind: 'cut in the middle', draw: (random) => `${random.pick(PREFIXES)}${drawn(random, URL_SAFE, 8)}...${drawn(random, URL_SAFE, 4)}` },
  {
    kind: 'the alphabet',
    draw: (random) => random.pick(PREFIXES) + 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'.slice(0, 34 + random.below(20)),
  },
  { kind: 'a pattern repeated', draw: (random) => ['sk-', 'proj-', drawn(random, ALNUM, 6).repeat(12), MARK, drawn(random, ALNUM, 8).repeat(9)].join('') },
  { kind: 'too short', draw: (random) => random.pick(PREFIXES.filter((prefix) => prefix !== 'sk-')) + drawn(random, LETTERS, 10 + random.below(8)) },
  { kind: 'OpenAI form, halves too short', draw: (random) => ['sk-', 'proj-', drawn(random, URL_SAFE, 12), MARK, drawn(random, URL_SAFE, 12)].join('') },
  { kind: 'AWS’s own example', draw: () => ['AK', 'IA', 'IOSFODNN7EXAMPLE'].join('') },
  { kind: 'Slack’s own example', draw: () => ['https://hooks.', 'slack.com/', 'services/T00000000/B00000000/', 'X'.repeat(24)].join('') },
  {
    kind: 'reference to a variable',
    draw: (random) =>
      random.pick([
        '${OPENAI_API_KEY}',
        '$OPENAI_API_KEY',
        '${{ secrets.OPENAI_API_KEY }}',
        '{{ .Values.openai.apiKey }}',
        'env:OPENAI_API_KEY',
        '%OPENAI_API_KEY%',
        'op://vault/openai/api-key-of-production',
      ]),
  },
  {
    kind: 'call for a variable',
    draw: (random) =>
      random.pick([
        `os.getenv('OPENAI_API_KEY')`,
        `getSecretValue(OPENAI_SECRET_NAME)`,
        `config.get_openai_api_key_or_raise()`,
        `settings.OPENAI_API_KEY.get_secret_value()`,
      ]),
  },
]

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** Written anywhere else. */
export const MACHINE_MADE: readonly Lookalike[] = [
  { kind: 'glued to a longer word', draw: (random) => ['ri', 'sk-', 'proj-', drawn(random, URL_SAFE, 74), MARK, drawn(random, URL_SAFE, 74)].join('') },
  {
    kind: 'class name',
    draw: (random) =>
      `${random.pick(['sk', word(random)])}-${random.pick(['circle', 'proj', 'admin', 'service'])}-${drawn(random, LETTERS, 6)}-${drawn(random, LETTERS, 9)}`,
  },
  { kind: 'git commit', draw: (random) => `commit ${hex(40)(random)}` },
  { kind: 'SHA-256', draw: (random) => `sha256:${hex(64)(random)}` },
  { kind: 'MD5', draw: (random) => `etag ${hex(32)(random)}` },
  { kind: 'UUID', draw: (random) => [8, 4, 4, 4, 12].map((length) => hex(length)(random)).join('-') },
  { kind: 'integrity of a package', draw: (random) => `sha512-${drawn(random, `${ALNUM}+/`, 86)}==` },
  { kind: 'image as data', draw: (random) => `data:image/png;base64,${drawn(random, `${ALNUM}+/`, 1500)}` },
  { kind: 'JWT', draw: (random) => `eyJhbGciOiJIUzI1NiJ9.${drawn(random, URL_SAFE, 80)}.${drawn(random, URL_SAFE, 43)}` },
  { kind: 'public SSH key', draw: (random) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${drawn(random, `${ALNUM}+/`, 43)} me@host` },
  { kind: 'source map', draw: (random) => drawn(random, 'AACBDEGHIQUSY;,', 800) },
  { kind: 'id at a provider', draw: (random) => `${random.pick(['proj_', 'org-', 'key_', 'asst_', 'file-', 'chatcmpl-'])}${drawn(random, ALNUM, 24)}` },
  { kind: 'fingerprint', draw: (random) => `fingerprint ${hex(12)(random)}` },
  {
    kind: 'function of a library',
    draw: (random) =>
      random.pick(['hf_hub_download_with_retries_and_progress_bar', 'ghp_import_pages_to_the_branch_of_this_repo', 'sk_learn_pipeline_of_many_estimators_v2']),
  },
  { kind: 'minified code', draw: (random) => `function(e,t){return e.sk-t.proj-${drawn(random, LETTERS, 40)}(e)}` },
  {
    kind: 'model and its date',
    draw: (random) => `OPENAI_MODEL=gpt-${random.below(9)}-mini-2026-0${1 + random.below(9)}-15-preview-${drawn(random, LETTERS, 8)}`,
  },
  {
    kind: 'path',
    draw: (random) => `/usr/lib/node_modules/${word(random)}-runner/sk-proj-templates/${drawn(random, LETTERS, 12)}/index-${drawn(random, HEX, 8)}.js`,
  },
  {
    kind: 'version of a chart',
    draw: (random) => `OPENAI_CHART=openai-gateway-${random.below(9)}.${random.below(99)}.${random.below(99)}-rc.${random.below(9)}`,
  },
  { kind: 'long base64', draw: (random) => drawn(random, `${ALNUM}+/`, 4000) },
  { kind: 'long hex', draw: (random) => hex(2000)(random) },
  { kind: 'percent-encoded text', draw: (random) => encodeURIComponent(`${drawn(random, 'äöü日本 &?=', 60)}sk-proj- is a prefix`) },
  { kind: 'lock file line', draw: (random) => `"resolved": "https://registry.example/${word(random)}/-/${word(random)}-1.2.3.tgz#${hex(40)(random)}"` },
  { kind: 'CSS', draw: (random) => `.${word(random)}-admin-panel--${drawn(random, LETTERS, 8)}{color:#${hex(6)(random)}}` },
  { kind: 'date and words', draw: (random) => `2026-11-21 ${word(random)}-service-account-${drawn(random, LETTERS, 20)} restarted` },
  { kind: 'random words', draw: (random) => Array.from({ length: 20 }, () => word(random)).join('-') },
]
