/** Kinds of keys as their vendors draw them. */
import type { Chance } from '../simulation/clock.ts'

export interface KeyKind {
  readonly name: string
  /** The variable it usually lives in. */
  readonly variable: string
  readonly rules: readonly string[]
  /** Only its name tells it from other text. */
  readonly named: boolean
  readonly draw: (random: Chance) => string
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const ALNUM = `${LETTERS}0123456789`
export const URL_SAFE = `${ALNUM}-_`
export const HEX = '0123456789abcdef'
export const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const MARK = ['T3Blbk', 'FJ'].join('')

export function drawn(random: Chance, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[random.below(alphabet.length)]).join('')
}

function formed(name: string, variable: string, rule: string, draw: (random: Chance) => readonly string[]): KeyKind {
  return { name, variable, rules: [rule], named: false, draw: (random) => draw(random).join('') }
}

const openai = (kind: string, rule: string, variable: string): KeyKind =>
  formed(`OpenAI ${kind}`, variable, rule, (random) => {
    const half = random.pick([74, 74, 58])
    return ['sk', `-${kind}-`, drawn(random, URL_SAFE, half), MARK, drawn(random, URL_SAFE, half)]
  })

export const KINDS: readonly KeyKind[] = [
  openai('proj', 'openai-project-key', 'OPENAI_API_KEY'),
  openai('svcacct', 'openai-service-account-key', 'OPENAI_API_KEY'),
  openai('admin', 'openai-admin-key', 'OPENAI_ADMIN_KEY'),
  formed('OpenAI legacy', 'OPENAI_API_KEY', 'openai-legacy-key', (random) => ['sk', '-', drawn(random, ALNUM, 20), MARK, drawn(random, ALNUM, 20)]),
  formed('Anthropic', 'ANTHROPIC_API_KEY', 'anthropic-key', (random) => [
    'sk-',
    `ant-${random.pick(['api03', 'admin01'])}-`,
    drawn(random, URL_SAFE, 93),
    'AA',
  ]),
  formed('OpenRouter', 'OPENROUTER_API_KEY', 'openrouter-key', (random) => ['sk-', 'or-v1-', drawn(random, HEX, 64)]),
  formed('Google', 'GEMINI_API_KEY', 'google-api-key', (random) => ['AI', 'zaSy', drawn(random, URL_SAFE, 33)]),
  formed('Azure', 'AZURE_OPENAI_API_KEY', 'azure-key', (random) => [
    drawn(random, ALNUM, 52),
    'JQ',
    'QJ99B',
    drawn(random, 'ABCDEFGHIJKL', 1),
    drawn(random, ALNUM, 16),
    'ACOG',
    drawn(random, ALNUM, 4),
  ]),
  formed('Hugging Face', 'HF_TOKEN', 'hugging-face-token', (random) => ['h', 'f_', drawn(random, LETTERS, 34)]),
  formed('AWS key id', 'AWS_ACCESS_KEY_ID', 'aws-access-key-id', (random) => [random.pick(['AK', 'AS']), 'IA', drawn(random, BASE32, 16)]),
  formed('Vercel', 'VERCEL_TOKEN', 'vercel-token', (random) => [random.pick(['vcp', 'vci', 'vca']), '_', drawn(random, ALNUM, 56)]),
  formed('GitHub', 'GITHUB_TOKEN', 'github-token', (random) => ['gh', random.pick(['p', 'o', 's']), '_', drawn(random, ALNUM, 36)]),
  formed('GitHub fine-grained', 'GITHUB_TOKEN', 'github-fine-grained-token', (random) => [
    'github',
    '_pat_',
    drawn(random, ALNUM, 22),
    '_',
    drawn(random, ALNUM, 59),
  ]),
  formed('GitLab', 'GITLAB_TOKEN', 'gitlab-token', (random) => ['gl', 'pat-', drawn(random, URL_SAFE, 20)]),
  formed('Slack webhook', 'SLACK_WEBHOOK_URL', 'slack-webhook', (random) => [
    'https://hooks.',
    'slack.com/',
    `services/T${drawn(random, BASE32, 10)}/B${drawn(random, BASE32, 10)}/`,
    drawn(random, ALNUM, 24),
  ]),
  { name: 'Azure hex', variable: 'AZURE_OPENAI_API_KEY', rules: ['azure-openai-key'], named: true, draw: (random) => drawn(random, HEX, 32) },
  { name: 'AWS secret', variable: 'AWS_SECRET_ACCESS_KEY', rules: ['aws-secret-access-key'], named: true, draw: (random) => drawn(random, `${ALNUM}/+`, 40) },
  { name: 'Vercel legacy', variable: 'VERCEL_TOKEN', rules: ['vercel-legacy-token'], named: true, draw: (random) => drawn(random, ALNUM, 24) },
  { name: 'unknown form', variable: 'OPENAI_API_KEY', rules: ['key-in-variable'], named: true, draw: (random) => `gw-${drawn(random, ALNUM, 40)}` },
]
