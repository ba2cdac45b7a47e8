/** Tokens that keyrot itself is given: of the stores it writes to, and of those who run it or hear from it. */
import type { KeyRule } from '../rule.ts'
import { ALNUM, BASE32, body, join, URL_SAFE } from './sample.ts'

const ADVICE = 'make a new token, put it where this one is used, then delete this one'
const upper = (text: string): string => text.toUpperCase()

export const PLATFORM_RULES: readonly KeyRule[] = [
  {
    finds: 'key',
    id: 'aws-access-key-id',
    title: 'AWS access key id',
    severity: 'warning',
    anchors: ['AKIA', 'ASIA'],
    pattern: /(?<![A-Za-z0-9+/])A[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9+/])/y,
    offset: 0,
    bodyFrom: 4,
    entropy: 2.5,
    source: 'AWS IAM user guide, "Understanding unique ID prefixes"; harmless alone, but it seldom is alone',
    advice: 'deactivate the access key in IAM and look for its secret beside it',
    samples: () => ({
      positive: [join('AK', 'IA', body('aws', 16, BASE32)), join('AS', 'IA', body('aws 2', 16, BASE32))],
      negative: [
        join('AK', 'IA', 'IOSFODNN7EXAMPLE'),
        join('MAK', 'IA', body('aws', 16, BASE32)),
        join('AK', 'IA', body('aws', 12, BASE32)),
        join('AK', 'IA', 'A'.repeat(16)),
      ],
    }),
  },
  {
    finds: 'key',
    id: 'vercel-token',
    title: 'Vercel token',
    severity: 'error',
    anchors: ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'],
    pattern: /(?<![A-Za-z0-9_-])vc[piark]_[A-Za-z0-9]{24,120}(?![A-Za-z0-9_-])/y,
    offset: 0,
    bodyFrom: 4,
    entropy: 3.5,
    source: 'Vercel changelog, prefixed tokens: personal, integration, app access, app refresh, AI gateway',
    advice: ADVICE,
    samples: () => ({
      positive: ['vcp', 'vci', 'vca', 'vcr', 'vck'].map((kind) => join(kind, '_', body(kind, 56, ALNUM))),
      negative: ['vcp_config', join('vcp', '_', 'x'.repeat(56)), join('vcp', '_', body('vcp', 12, ALNUM))],
    }),
  },
  {
    finds: 'key',
    id: 'github-token',
    title: 'GitHub token',
    severity: 'error',
    anchors: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
    pattern: /(?<![A-Za-z0-9_])gh[pousr]_[A-Za-z0-9]{36,255}(?![A-Za-z0-9_])/y,
    offset: 0,
    bodyFrom: 4,
    entropy: 3.5,
    source: 'GitHub docs, "About authentication": 36 characters, room for 255 announced',
    advice: ADVICE,
    samples: () => ({
      positive: ['p', 'o', 'u', 's', 'r'].map((kind) => join('gh', kind, '_', body(kind, 36, ALNUM))),
      negative: ['ghp_', join('gh', 'p_', 'x'.repeat(36)), join('gh', 'p_', body('p', 20, ALNUM)), 'ghs_of_the_year'],
    }),
  },
  {
    finds: 'key',
    id: 'github-fine-grained-token',
    title: 'GitHub fine-grained token',
    severity: 'error',
    anchors: ['github_pat_'],
    pattern: /(?<![A-Za-z0-9_])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9_])/y,
    offset: 0,
    bodyFrom: 11,
    entropy: 4,
    source: 'gitleaks `github-fine-grained-pat`: 22 and 59 characters',
    advice: ADVICE,
    samples: () => ({
      positive: [join('github', '_pat_', body('pat', 22, ALNUM), '_', body('pat 2', 59, ALNUM))],
      negative: ['github_pat_short', join('github', '_pat_', 'x'.repeat(22), '_', 'x'.repeat(59))],
    }),
  },
  {
    finds: 'key',
    id: 'gitlab-token',
    title: 'GitLab token',
    severity: 'error',
    anchors: ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glcbt-', 'glft-', 'glsoat-'],
    pattern: /(?<![A-Za-z0-9_-])gl(?:pat|dt|rt|ptt|cbt|ft|soat)-(?:[A-Za-z0-9_-]{27,300}\.[0-9a-z]{9}|[A-Za-z0-9_-]{20,64})(?![A-Za-z0-9_-]|\.[0-9a-z]{9})/y,
    offset: 0,
    bodyFrom: 6,
    entropy: 3.3,
    source: 'GitLab docs, "Token prefixes"; gitleaks `gitlab-pat`, `gitlab-pat-routable`',
    advice: ADVICE,
    samples: () => ({
      positive: [
        join('gl', 'pat-', body('glpat', 20, URL_SAFE)),
        join('gl', 'pat-', body('glpat', 27, URL_SAFE), '.01', body('glpat 2', 7, 'abcdefghijklmnopqrstuvwxyz0123456789')),
        join('gl', 'ptt-', body('glptt', 40, 'abcdef0123456789')),
      ],
      negative: ['glpat-', join('gl', 'pat-', 'x'.repeat(20)), join('gl', 'pat-', 'your-token-goes-here1'), join('gl', 'pat-', body('glpat', 9, URL_SAFE))],
    }),
  },
  {
    finds: 'key',
    id: 'slack-webhook',
    title: 'Slack webhook address',
    severity: 'error',
    anchors: ['hooks.slack.com/'],
    pattern:
      /hooks\.slack\.com\/(?:services\/T[A-Z0-9]{7,14}\/B[A-Z0-9]{7,14}\/[A-Za-z0-9]{22,26}|(?:workflows|triggers)\/[TE][A-Z0-9]{7,14}\/[A-Za-z0-9]{7,20}\/[A-Za-z0-9/]{20,80})(?![A-Za-z0-9])/y,
    offset: 0,
    bodyFrom: 16,
    entropy: 3.5,
    source: 'Slack docs, "Sending messages using incoming webhooks"; gitleaks `slack-webhook-url`',
    advice: 'remove the webhook in the Slack app and add a new one; who has the address can write to the channel',
    samples: () => ({
      positive: [
        join(
          'https://hooks.',
          'slack.com/',
          'services/T',
          upper(body('slack', 10, BASE32)),
          '/B',
          upper(body('slack 2', 10, BASE32)),
          '/',
          body('slack 3', 24, ALNUM),
        ),
      ],
      negative: [
        join('https://hooks.', 'slack.com/', `services/T00000000/B00000000/${'X'.repeat(24)}`),
        'https://hooks.slack.com/services/<team>/<app>/<token>',
      ],
    }),
  },
]
