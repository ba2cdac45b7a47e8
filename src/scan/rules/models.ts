/** Keys of other providers of models. */
import type { KeyRule } from '../rule.ts'
import { ALNUM, body, HEX, join, LETTERS, URL_SAFE } from './sample.ts'

const ADVICE = 'create a new key at the provider, put it where this one is used, then delete this one'

export const MODEL_RULES: readonly KeyRule[] = [
  {
    finds: 'key',
    id: 'anthropic-key',
    title: 'Anthropic key',
    severity: 'error',
    anchors: ['sk-ant-'],
    pattern: /(?<![A-Za-z0-9_-])sk-ant-(?:api|admin|oat|ort|sid)\d\d-[A-Za-z0-9_-]{80,120}(?![A-Za-z0-9_-])/y,
    offset: 0,
    bodyFrom: 13,
    entropy: 4,
    source: 'gitleaks `anthropic-api-key`, `anthropic-admin-api-key`: 93 characters and `AA`',
    advice: ADVICE,
    samples: () => ({
      positive: ['api03', 'admin01', 'oat01'].map((kind) => join('sk-', `ant-${kind}-`, body(kind, 93, URL_SAFE), 'AA')),
      negative: ['sk-ant-api03-...', join('sk-', 'ant-api03-', body('short', 30, URL_SAFE)), join('sk-', 'ant-api03-', 'x'.repeat(93), 'AA'), 'sk-ant-colony'],
    }),
  },
  {
    finds: 'key',
    id: 'openrouter-key',
    title: 'OpenRouter key',
    severity: 'error',
    anchors: ['sk-or-v1-'],
    pattern: /(?<![A-Za-z0-9_-])sk-or-v1-[0-9a-f]{64}(?![A-Za-z0-9_-])/y,
    offset: 0,
    bodyFrom: 9,
    entropy: 3.2,
    source: 'trufflehog `openrouter`: 64 hex digits',
    advice: ADVICE,
    samples: () => ({
      positive: [join('sk-', 'or-v1-', body('openrouter', 64, HEX))],
      negative: ['sk-or-v1-0e6...1c96', join('sk-', 'or-v1-', '0'.repeat(64)), join('sk-', 'or-v1-', body('openrouter', 40, HEX))],
    }),
  },
  {
    finds: 'key',
    id: 'google-api-key',
    title: 'Google API key',
    severity: 'error',
    anchors: ['AIza'],
    pattern: /(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/y,
    offset: 0,
    bodyFrom: 4,
    entropy: 3.5,
    source: 'gitleaks `gcp-api-key`: 35 characters; the same form serves Gemini, Maps and Firebase',
    advice: `${ADVICE}; a key that must be public (Maps, Firebase) is restricted by referrer and API instead, and allowed by a comment`,
    samples: () => ({
      positive: [join('AI', 'za', body('google', 35, URL_SAFE))],
      negative: [
        join('AI', 'za', body('google', 20, URL_SAFE)),
        join('AI', 'za', 'Sy', 'X'.repeat(33)),
        join('AI', 'zaSy', 'your-api-key-goes-here-1234567890a'),
      ],
    }),
  },
  {
    finds: 'key',
    id: 'azure-key',
    title: 'Azure OpenAI or other Azure service key',
    severity: 'error',
    anchors: ['JQQJ9'],
    pattern: /(?<![A-Za-z0-9])[A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9][A-L][A-Za-z0-9]{16}[A-Za-z][A-Za-z0-9]{7}(?![A-Za-z0-9])/y,
    offset: 52,
    bodyFrom: 0,
    entropy: 4,
    source: 'Microsoft security-utilities SEC101/200 (common annotated security key): 84 characters, also of Azure AI services',
    advice: 'renew the other of the two keys in the Azure portal, move to it, then renew this one',
    samples: () => ({
      positive: [join(body('azure', 52, ALNUM), 'JQ', 'QJ99', 'BA', 'AC', body('azure 2', 14, ALNUM), 'ACOG', body('azure 3', 4, ALNUM))],
      negative: [join(body('azure', 30, ALNUM), 'JQ', 'QJ99', 'BA', body('azure 2', 24, ALNUM)), 'JQQJ99'],
    }),
  },
  {
    finds: 'key',
    id: 'hugging-face-token',
    title: 'Hugging Face token',
    severity: 'error',
    anchors: ['hf_'],
    disguised: ['hf_', ...Array.from('= "\'`:/\n\t', (before) => `${before}hf_`)],
    pattern: /(?<![A-Za-z0-9_-])hf_[A-Za-z0-9]{34,40}(?![A-Za-z0-9_-])/y,
    offset: 0,
    bodyFrom: 3,
    entropy: 3.5,
    source: 'gitleaks `huggingface-access-token`: 34 letters',
    advice: ADVICE,
    samples: () => ({
      positive: [join('h', 'f_', body('hugging', 34, LETTERS))],
      negative: ['hf_hub_download', join('h', 'f_', 'x'.repeat(34)), join('h', 'f_', body('hugging', 20, LETTERS)), join('h', 'f_', LETTERS.slice(0, 34))],
    }),
  },
]
