import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { makeFolder } from './dotenv-harness.ts'
import { describeTarget, type Harness } from './target-contract.ts'

const SHAPES: Record<string, string> = {
  'a file with comments, quotes and a multi-line value': '# mine\nA="1" # one\nexport B=\'two\'\n\nCERT="-----\nline\n-----"\nLAST=x\n',
  'CRLF without a final newline': 'A=1\r\nB=2',
  'a file that is not UTF-8': 'A=gr\u00FCn\nB=2\n',
}

async function harness(content: string, settings: Record<string, unknown>): Promise<Harness> {
  const folder = await makeFolder()
  await writeFile(folder.file(), content, 'latin1')
  // not by the code under test: whatever is left when the lines of our names are cut out
  const rest = async (): Promise<string> => (await readFile(folder.file(), 'latin1')).replace(/(?:\r?\n)?OPENAI_API_KEY(?:_FALLBACK)?=[^\r\n]*/g, '')
  return {
    target: await folder.connect(settings),
    others: rest,
    editOthers: async () => writeFile(folder.file(), `MORE=stuff\n${await readFile(folder.file(), 'latin1')}`, 'latin1'),
    setCurrent: (value) => appendFile(folder.file(), `\nOPENAI_API_KEY=${value}\n`),
    cleanup: folder.remove,
  }
}

for (const [title, content] of Object.entries(SHAPES)) describeTarget(`dotenv, ${title}`, () => harness(content, {}))
describeTarget('dotenv without a fallback', () => harness('A=1\n', { fallback: 'none' }))
