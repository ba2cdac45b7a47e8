/** Habits that give keys away, although no key stands there. */
import type { FileKind } from '../file-kind.ts'
import type { PracticeRule, StandingRule } from '../rule.ts'
import { KEY_VARIABLE, KEY_VARIABLE_ANCHORS } from './named.ts'
import { join } from './sample.ts'

/** In pieces: the law of this house looks for these words too, and its own scan passes over nothing. */
const KEY = join('OPENAI', '_API_KEY')
const LOG = join('console', '.log')
const ENV = join('process', '.env')

const CODE: readonly FileKind[] = ['script', 'notebook', 'python']
const SETTINGS: readonly FileKind[] = ['env', 'env-example', 'compose', 'dockerfile', 'ci', 'config', 'script', 'editor-config']
/** Reading a variable, in the languages looked at. */
const READ = String.raw`(?:process\.env(?:\.|\[['"])|import\.meta\.env\.|Deno\.env\.get\(['"]|Bun\.env\.)${KEY_VARIABLE}(?:['"]\]?\)?)?`
const READ_PYTHON = String.raw`os\.(?:environ\[['"]|environ\.get\(['"]|getenv\(['"])${KEY_VARIABLE}['"]`
/** What is told of the variable, and not the variable: whether it is there, how long it is. */
const ONLY_ASKED = String.raw`(?!\s{0,4}(?:\?(?!\?)|[!=]==?|\.length|\?\.length|\.startsWith|\.slice|\.substring|&&|in\b|is\b))`
const NOT_ASKING = String.raw`(?<!!|Boolean\(|typeof |bool\(|len\(|mask\(|redact\()`

export const PRACTICE_RULES: readonly PracticeRule[] = [
  {
    finds: 'practice',
    id: 'key-in-public-variable',
    title: 'a key variable whose prefix puts its value into the browser bundle',
    severity: 'error',
    anchors: KEY_VARIABLE_ANCHORS,
    pattern: new RegExp(
      String.raw`(?<![A-Za-z0-9_])(?:NEXT_PUBLIC|VITE|REACT_APP|EXPO_PUBLIC|NUXT_PUBLIC|GATSBY|VUE_APP|PUBLIC|STORYBOOK|NG_APP)_${KEY_VARIABLE}(?![A-Za-z0-9_])`,
      'g',
    ),
    where: [...SETTINGS, 'front-end'],
    source: 'docs of Next.js, Vite, Create React App, Expo, Nuxt, Gatsby, SvelteKit: variables of this prefix are written into what is sent to browsers',
    advice: 'take the prefix off and call the provider from a server route',
    samples: () => ({
      positive: [`NEXT_PUBLIC_${KEY}=x`, `const key = import.meta.env.VITE_${KEY}`, `REACT_APP_${KEY}: ""`],
      negative: ['NEXT_PUBLIC_SITE_URL=x', `${KEY}=x`, `// never NEXT_PUBLIC_${KEY}`, 'NEXT_PUBLIC_OPENAI_MODEL=gpt'],
    }),
  },
  {
    finds: 'practice',
    id: 'key-in-image',
    title: 'a key variable set while an image is built: it stays in its layers and its history',
    severity: 'warning',
    anchors: KEY_VARIABLE_ANCHORS,
    pattern: new RegExp(
      String.raw`^\s{0,8}(?:ARG\s{1,4}(?:[A-Za-z0-9_]{1,40}(?:=\S{0,80})?\s{1,4}){0,6}${KEY_VARIABLE}(?![A-Za-z0-9_])|ENV\s{1,4}(?:[A-Za-z0-9_]{1,40}=\S{0,80}\s{1,4}){0,6}${KEY_VARIABLE}(?:=["']?|\s{1,4})[^\s"'])`,
      'g',
    ),
    where: ['dockerfile'],
    source: 'Docker build check SecretsUsedInArgOrEnv',
    advice: 'hand it over when the container runs, or with `RUN --mount=type=secret` while it is built',
    samples: () => ({
      positive: ['ENV OPENAI_API_KEY=$KEY', 'ARG OPENAI_API_KEY', 'ARG NODE_VERSION=24 ANTHROPIC_API_KEY', 'ENV OPENAI_API_KEY abc'],
      negative: ['ENV OPENAI_API_KEY=', '# ENV OPENAI_API_KEY=x', 'RUN --mount=type=secret,id=OPENAI_API_KEY npm test', 'ENV OPENAI_MODEL=gpt'],
    }),
  },
  {
    finds: 'practice',
    id: 'key-logged',
    title: 'a key written to a log',
    severity: 'warning',
    anchors: KEY_VARIABLE_ANCHORS,
    pattern: new RegExp(
      String.raw`(?<![A-Za-z0-9_])(?:(?:console|logger|log|logging)\.(?:log|info|warn|warning|error|debug|trace|critical)|print|pprint|sys\.stdout\.write|process\.std(?:out|err)\.write)\([^;\n]{0,200}?${NOT_ASKING}(?:${READ}|${READ_PYTHON}\s{0,2}[\])]?)${ONLY_ASKED}`,
      'g',
    ),
    where: CODE,
    source: 'CWE-532: logs are copied further than any key should be',
    advice: 'log whether it is set, or the fingerprint that `keyrot status` shows',
    samples: () => ({
      positive: [
        `${LOG}(${ENV}.OPENAI_API_KEY)`,
        `logger.info('key', ${ENV}['OPENAI_API_KEY'])`,
        `print(os.environ["${KEY}"])`,
        `print(f"key={os.getenv('${KEY}')}")`,
        `${LOG}(\`using \${${ENV}.OPENAI_API_KEY}\`)`,
      ],
      negative: [
        `${LOG}(!!${ENV}.OPENAI_API_KEY)`,
        `${LOG}(${ENV}.OPENAI_API_KEY ? 'set' : 'missing')`,
        `${LOG}(Boolean(${ENV}.OPENAI_API_KEY))`,
        `${LOG}('OPENAI_API_KEY is not set')`,
        'print("OPENAI_API_KEY" in os.environ)',
        `${LOG}(${ENV}.OPENAI_API_KEY?.length)`,
        `// ${LOG}(${ENV}.OPENAI_API_KEY)`,
      ],
    }),
  },
  {
    finds: 'practice',
    id: 'key-on-command-line',
    title: 'a key handed over on a command line in CI',
    severity: 'warning',
    anchors: KEY_VARIABLE_ANCHORS,
    pattern: new RegExp(
      String.raw`(?:(?<![\w-])--?[a-z-]{0,24}(?:key|token|secret|auth)[a-z-]{0,12}[= ]\s{0,4}|-H\s{0,2}["']?[A-Za-z-]{1,30}:\s{0,2}(?:Bearer\s)?|\becho\s[^\n|]{0,80}?)["']?(?:\$\{\{\s{0,4}secrets\.${KEY_VARIABLE}\s{0,4}\}\}|\$\{?${KEY_VARIABLE}\}?)`,
      'g',
    ),
    where: ['ci', 'dockerfile'],
    source: 'every process of the machine may read a command line, and `set -x` prints it',
    advice: 'hand it over in the environment of the one step that needs it, or on stdin',
    samples: () => ({
      positive: [
        '      - run: deploy --api-key ${{ secrets.OPENAI_API_KEY }}',
        '        curl -H "Authorization: Bearer $OPENAI_API_KEY" https://api.example',
        '  - echo $OPENAI_API_KEY > key.txt',
      ],
      negative: [
        '          OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}',
        '      - run: deploy --model gpt',
        '      # deploy --api-key ${{ secrets.OPENAI_API_KEY }}',
      ],
    }),
  },
]

/** Told by looking at the repository, not at a text. */
export const STANDING_RULES: readonly StandingRule[] = [
  {
    finds: 'standing',
    id: 'env-file-tracked',
    title: 'an environment file that git keeps',
    severity: 'warning',
    source: 'what git keeps, every clone has, for ever',
    advice: '`git rm --cached FILE`, add it to `.gitignore`, and renew the keys it held: history still has them',
  },
  {
    finds: 'standing',
    id: 'env-file-not-ignored',
    title: 'an environment file that git would take with the next `git add`',
    severity: 'warning',
    source: 'one `git add .` away from being kept',
    advice: 'add it to `.gitignore`',
  },
  {
    finds: 'standing',
    id: 'not-looked-through',
    title: 'something packed that unfolds to more than a scan takes',
    severity: 'info',
    source: 'a scan passes over nothing in silence',
    advice: 'unpack it and scan what comes out',
  },
]
