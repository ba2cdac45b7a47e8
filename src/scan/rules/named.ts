/** Keys without a form of their own, known by the name they are given; and what is given to a name that means a key. */
import type { NamedRule } from '../rule.ts'
import { ALNUM, body, HEX, join } from './sample.ts'

/** Between a name and its value: `=`, `:`, `=>`, `", "`, in whatever quotes. */
const GIVEN = String.raw`["'\`]?\]?\s{0,4}(?::=|=>|[:=,]|\s)\s{0,4}(?:b|r)?["'\`]?`
const END = String.raw`(?![A-Za-z0-9+/=_.-])`

/** Variables that hold keys of the providers this scanner knows. */
export const KEY_VARIABLE = String.raw`(?:[A-Z0-9]{1,20}_){0,4}?(?:OPENAI|ANTHROPIC|CLAUDE|OPENROUTER|GEMINI|GOOGLE_AI|GOOGLE_GENERATIVE_AI|AZURE_OPENAI|HUGGINGFACE|HUGGING_FACE|HF|MISTRAL|GROQ|COHERE|DEEPSEEK|XAI)(?:_[A-Z0-9]{1,20}){0,3}?_(?:KEY|TOKEN|SECRET)(?:_[A-Z0-9]{1,12})?`
/** What stands in all of those names. */
export const KEY_VARIABLE_ANCHORS = [
  'OPENAI_',
  'ANTHROPIC_',
  'CLAUDE_',
  'OPENROUTER_',
  'GEMINI_',
  'GOOGLE_AI_',
  'GENERATIVE_AI_',
  'HUGGINGFACE_',
  'HUGGING_FACE_',
  'HF_TOKEN',
  'HF_API_',
  'MISTRAL_',
  'GROQ_',
  'COHERE_',
  'DEEPSEEK_',
  'XAI_',
]

/** Whose rule judges by the form: what it passes is a stand-in, or cut short. */
const KNOWN_FORM = 'sk-|AIza|hf_|gh[pousr]_|github_pat_|glpat-|vc[piark]_'

/** Before the run is taken apart: from each length of one that is too long the expression would look back in vain. */
const TOO_LONG = '[A-Za-z0-9_+/=-]{201}'

export const NAMED_RULES: readonly NamedRule[] = [
  {
    finds: 'named-key',
    id: 'azure-openai-key',
    title: 'Azure OpenAI key',
    severity: 'error',
    anchors: ['AZURE_OPENAI', 'AZURE_API_KEY', 'azure_openai', 'AzureOpenAI', 'azureOpenAI', 'AzureOpenAi', 'azureOpenAi'],
    pattern: new RegExp(
      String.raw`(?:AZURE_OPENAI|azure_openai|[aA]zureOpenA[Ii]|AZURE_API)[A-Za-z_]{0,24}?(?:KEY|[kK]ey)(?:_?\d)?${GIVEN}(?<key>[0-9a-f]{32})${END}`,
      'g',
    ),
    entropy: 2.8,
    source: 'Azure portal: 32 hex digits until 2024, which nothing but the name tells from a checksum',
    advice: 'renew the other of the two keys in the Azure portal, move to it, then renew this one',
    samples: () => ({
      positive: [`AZURE_OPENAI_API_KEY=${body('azure', 32, HEX)}`, `  "azureOpenAIApiKey": "${body('azure', 32, HEX)}",`],
      negative: [
        'AZURE_OPENAI_API_KEY=',
        `AZURE_OPENAI_API_KEY=${'0'.repeat(32)}`,
        `AZURE_OPENAI_ETAG=${body('azure', 32, HEX)}`,
        `AZURE_OPENAI_API_KEY=${body('azure', 40, HEX)}`,
      ],
    }),
  },
  {
    finds: 'named-key',
    id: 'aws-secret-access-key',
    title: 'AWS secret access key',
    severity: 'error',
    anchors: ['AWS_SECRET', 'aws_secret', 'SecretAccessKey', 'secretAccessKey', 'secret_access_key', 'SECRET_ACCESS_KEY'],
    pattern: new RegExp(
      String.raw`(?:AWS_SECRET_ACCESS_KEY|AWS_SECRET_KEY|aws_secret_access_key|aws_secret_key|secret_access_key|SECRET_ACCESS_KEY|[sS]ecretAccessKey)${GIVEN}(?<key>[A-Za-z0-9/+]{40})${END}`,
      'g',
    ),
    entropy: 3.8,
    source: 'AWS docs, "Manage access keys": 40 characters, which nothing but the name tells from a digest',
    advice: 'deactivate the access key in IAM, make a new one, then delete this one',
    samples: () => ({
      positive: [`aws_secret_access_key = ${body('aws secret', 40, `${ALNUM}/+`)}`, `secretAccessKey: '${body('aws secret', 40, `${ALNUM}/+`)}'`],
      negative: [
        join('AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/', 'bPxRfiCYEXAMPLEKEY'),
        'AWS_SECRET_ACCESS_KEY=${SECRET}',
        `AWS_SECRET_ACCESS_KEY=${body('x', 64, HEX)}`,
      ],
    }),
  },
  {
    finds: 'named-key',
    id: 'vercel-legacy-token',
    title: 'Vercel token of the old form',
    severity: 'error',
    anchors: ['VERCEL_TOKEN', 'VERCEL_API_TOKEN', 'VERCEL_ACCESS_TOKEN', 'vercelToken', 'vercel_token'],
    pattern: new RegExp(String.raw`(?:VERCEL(?:_API|_ACCESS)?_TOKEN|vercelToken|vercel_token)${GIVEN}(?<key>[A-Za-z0-9]{24})${END}`, 'g'),
    entropy: 3.2,
    source: 'trufflehog `vercel`: 24 letters and digits, which nothing but the name tells from other text',
    advice: 'make a new token, put it where this one is used, then delete this one',
    samples: () => ({
      positive: [`VERCEL_TOKEN=${body('vercel', 24, ALNUM)}`, `"VERCEL_TOKEN": "${body('vercel', 24, ALNUM)}"`],
      negative: [
        'VERCEL_TOKEN=your-token',
        `VERCEL_TOKEN=${'x'.repeat(24)}`,
        `VERCEL_PROJECT=${body('vercel', 24, ALNUM)}`,
        'VERCEL_TOKEN=${{ secrets.VERCEL_TOKEN }}',
      ],
    }),
  },
  {
    finds: 'named-key',
    id: 'key-in-variable',
    title: 'value that looks like a key, in a variable that names one',
    severity: 'warning',
    anchors: KEY_VARIABLE_ANCHORS,
    pattern: new RegExp(
      String.raw`(?<![A-Za-z0-9_])${KEY_VARIABLE}${GIVEN}(?<key>(?!${KNOWN_FORM}|${TOO_LONG})(?=[A-Za-z_+/=-]{0,40}\d)(?=[\d_+/=-]{0,40}[A-Za-z])[A-Za-z0-9_+/=-]{20,200})(?![A-Za-z0-9_+/=.$({-])`,
      'g',
    ),
    entropy: 3.6,
    source: 'the name says that it is a key, whatever its form: gateways and new vendors have forms of their own',
    advice: 'move the value to an ignored `.env` or a secret store; renew it if it was shared',
    samples: () => ({
      positive: [`OPENAI_API_KEY=${body('gateway', 40, ALNUM)}`, `"MISTRAL_API_KEY": "${body('mistral', 32, ALNUM)}"`],
      negative: [
        'OPENAI_API_KEY=',
        'OPENAI_API_KEY=sk-your-key-here-please-1',
        'OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}',
        join('OPENAI_API_KEY=process', '.env.OPENAI_API_KEY'),
        'OPENAI_API_KEY: my-openai-secret-in-the-cluster',
        'const key = OPENAI_API_KEY',
      ],
    }),
  },
]
