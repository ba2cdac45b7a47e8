/**
 * Shapes of keys, for finding one where none may be. Each shape stands beside samples that match and samples that must not.
 *
 * A shape is a net, not a grammar: vendors change lengths without notice, so every shape is looser than today's keys.
 * Samples are put together from pieces, so that repository scanners see nothing here.
 */
export interface KeyShape {
  /** What the key is, in words for people. */
  readonly name: string
  /** Global, linear in its input, and never anchored. */
  readonly pattern: RegExp
  readonly matches: readonly string[]
  readonly passes: readonly string[]
}

/** Where a text holds something of a key's shape. The text itself is deliberately absent. */
export interface KeySighting {
  readonly shape: string
  readonly index: number
  readonly length: number
}

const OPENAI = 'T3Blbk' + 'FJ'
const fill = (length: number): string => 'aB3dE6gH9k'.repeat(Math.ceil(length / 10)).slice(0, length)
/** Keeps a sample in pieces in the source. */
const join = (...parts: string[]): string => parts.join('')

/** Sources: OpenAI's forms as gitleaks and secretlint match them; AWS, GitHub, Slack, Google and PEM from their vendors' pages. */
export const KEY_SHAPES: readonly KeyShape[] = [
  {
    name: 'OpenAI key',
    pattern: /(?<![A-Za-z0-9_-])sk-(?:proj|svcacct|service|admin|None)-[A-Za-z0-9_-]{20,}/g,
    matches: ['proj', 'svcacct', 'admin'].map((kind) => join('sk', `-${kind}-`, fill(74), OPENAI, fill(74))),
    passes: ['sk-proj-...', 'sk-proj-', 'sk-admin-abc', 'task-proj-aB3dE6gH9kaB3dE6gH9k', 'env:OPENAI_ADMIN_KEY'],
  },
  {
    name: 'OpenAI key of the old form',
    pattern: /(?<![A-Za-z0-9_-])sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}/g,
    matches: [join('sk', '-', fill(20), OPENAI, fill(20))],
    passes: [join('sk', '-', fill(12), OPENAI, fill(20)), 'sk-short'],
  },
  {
    name: 'key of a provider that writes sk-',
    pattern: /(?<![A-Za-z0-9_-])sk-(?:or-v1|ant-[a-z0-9]+|lf|live|test)-[A-Za-z0-9_-]{20,}/g,
    matches: [join('sk', '-or-v1-', fill(64)), join('sk', '-ant-api03-', fill(90))],
    passes: ['sk-or-v1-0e6...1c96', 'sk-learn', 'sk-test-one'],
  },
  {
    name: 'AWS access key id',
    pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/g,
    matches: [join('AK', 'IA', 'ABCDEFGHIJ234567'), join('AS', 'IA', 'QWERTYUIOPASDF22')],
    passes: ['AKIA', 'AKIAIOSFODNN', 'MAKIAABCDEFGHIJ234567'],
  },
  {
    name: 'GitHub token',
    pattern: /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})/g,
    matches: [join('gh', 'p_', fill(36)), join('github', '_pat_', fill(82))],
    passes: ['ghp_', 'github_pat_short', 'high_score_of_the_year'],
  },
  {
    name: 'Slack token',
    pattern: /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{20,}/g,
    matches: [join('xo', 'xb-', '123456789012-123456789012-', fill(24))],
    passes: ['xoxb-', 'xoxo-hugs'],
  },
  {
    name: 'Google API key',
    pattern: /(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g,
    matches: [join('AI', 'za', fill(35))],
    passes: ['AIza', join('AI', 'za', fill(20))],
  },
  {
    name: 'signed token (JWT)',
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g,
    matches: [join('ey', 'J', fill(20), '.ey', 'J', fill(40), '.', fill(43))],
    passes: ['eyJ.eyJ.x', 'eyJhbGciOi'],
  },
  {
    name: 'private key',
    pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/g,
    matches: [join('-----BEGIN ', 'PRIVATE ', 'KEY-----'), join('-----BEGIN RSA ', 'PRIVATE ', 'KEY-----')],
    passes: ['-----BEGIN PUBLIC KEY-----', '-----BEGIN CERTIFICATE-----'],
  },
]

/** The shortest of them, an AWS access key id: a name or a path of a config is mostly shorter, and is not searched. */
const SHORTEST = 20

/** Everything in the text that has a key's shape, in order of place. Places only: the caller cannot echo what it was not given. */
export function findKeys(text: string): readonly KeySighting[] {
  if (text.length < SHORTEST) return []
  const found = KEY_SHAPES.flatMap(({ name, pattern }) =>
    [...text.matchAll(pattern)].map((match) => ({ shape: name, index: match.index, length: match[0].length })),
  )
  return found.toSorted((left, right) => left.index - right.index)
}

/** The text with everything of a key's shape taken out. For words that must be shown although a person wrote them. */
export function redactKeys(text: string): string {
  return KEY_SHAPES.reduce((rest, { pattern }) => rest.replace(pattern, '[redacted]'), text)
}
