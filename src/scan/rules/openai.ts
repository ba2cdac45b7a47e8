/** Keys of OpenAI. Forms as gitleaks, secretlint and trufflehog match them; lengths kept looser than today's 58 and 74, since they have changed twice. */
import type { KeyRule } from '../rule.ts'
import { ALNUM, body, join, URL_SAFE } from './sample.ts'

/** In the middle of every OpenAI key since 2023: "OpenAI" in base64. */
const MARK = join('T3Blbk', 'FJ')
const SOURCE = 'gitleaks `openai-api-key`, secretlint `rule-openai`, trufflehog `openai`'
const ADVICE = 'create a new key, put it where this one is used, then revoke this one; `keyrot incident` does all three for a key in its config'

const half = (seed: string, length = 74): string => body(seed, length, URL_SAFE)
const modern = (prefix: string): string[] => [
  join(prefix, half(prefix), MARK, half(`${prefix} 2`)),
  join(prefix, half(prefix, 58), MARK, half(`${prefix} 2`, 58)),
]
const notModern = (prefix: string): string[] => [
  `${prefix}...`,
  `${prefix}your-key-here`,
  join(prefix, 'x'.repeat(74), MARK, 'x'.repeat(74)),
  join(prefix, half(prefix, 10), MARK, half(prefix, 10)),
  join('ri', prefix, half(prefix), MARK, half(prefix)),
  join(prefix, 'aB3dE6gH'.repeat(9), MARK, 'aB3dE6gH'.repeat(9)),
]

function modernRule(id: string, title: string, prefix: string, pattern: RegExp): KeyRule {
  return {
    finds: 'key',
    id,
    title,
    severity: 'error',
    anchors: [prefix],
    pattern,
    offset: 0,
    bodyFrom: prefix.length,
    entropy: 4,
    ...(prefix === 'sk-admin-' ? {} : { provenBy: 'openai' }),
    source: SOURCE,
    advice: ADVICE,
    samples: () => ({ positive: modern(prefix), negative: notModern(prefix) }),
  }
}

export const OPENAI_RULES: readonly KeyRule[] = [
  modernRule(
    'openai-project-key',
    'OpenAI project key',
    'sk-proj-',
    /(?<![A-Za-z0-9_-])sk-proj-[A-Za-z0-9_-]{20,180}T3BlbkFJ[A-Za-z0-9_-]{20,180}(?![A-Za-z0-9_-])/y,
  ),
  modernRule(
    'openai-service-account-key',
    'OpenAI service account key',
    'sk-svcacct-',
    /(?<![A-Za-z0-9_-])sk-svcacct-[A-Za-z0-9_-]{20,180}T3BlbkFJ[A-Za-z0-9_-]{20,180}(?![A-Za-z0-9_-])/y,
  ),
  modernRule(
    'openai-service-key',
    'OpenAI service key',
    'sk-service-',
    /(?<![A-Za-z0-9_-])sk-service-[A-Za-z0-9_-]{20,180}T3BlbkFJ[A-Za-z0-9_-]{20,180}(?![A-Za-z0-9_-])/y,
  ),
  modernRule(
    'openai-admin-key',
    'OpenAI admin key',
    'sk-admin-',
    /(?<![A-Za-z0-9_-])sk-admin-[A-Za-z0-9_-]{20,180}T3BlbkFJ[A-Za-z0-9_-]{20,180}(?![A-Za-z0-9_-])/y,
  ),
  {
    finds: 'key',
    id: 'openai-legacy-key',
    title: 'OpenAI user key of the old form',
    severity: 'error',
    anchors: [MARK],
    pattern: /(?<![A-Za-z0-9_-])sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}(?![A-Za-z0-9_-])/y,
    offset: 23,
    bodyFrom: 3,
    entropy: 3.5,
    provenBy: 'openai',
    source: SOURCE,
    advice: ADVICE,
    samples: () => ({
      positive: [join('sk', '-', body('legacy', 20, ALNUM), MARK, body('legacy 2', 20, ALNUM))],
      negative: [
        join('sk', '-', body('legacy', 12, ALNUM), MARK, body('legacy 2', 20, ALNUM)),
        join('sk', '-', 'a'.repeat(20), MARK, 'b'.repeat(20)),
        'sk-short',
      ],
    }),
  },
]
