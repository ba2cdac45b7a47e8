import { startBench } from './aws-harness.ts'
import { describeTarget, type Harness } from './target-contract.ts'

/** Our field with the comma before it, found by no code of the adapter's; a nested one holds `not mine`. */
const OUR_FIELD = /,?\s*"OPENAI_API_KEY"\s*:\s*"(?!not mine)[^"]*"/

const DOCUMENTS: Record<string, string> = {
  'a field beside others': '{"DB_PASSWORD":"x","PORT":5432}',
  'a field beside awkward siblings':
    '{\r\n\t"b": 1.50e+2,\n  "a" : "\\u00e9\\/\\"",\n  "a": [ {"OPENAI_API_KEY": "not mine"}, "]}" , true ],"OPENAI_API_KEY_2":null\n, "z": -0.0 \n}\n',
  'an empty document': '{ }',
}

async function jsonHarness(document: string): Promise<Harness> {
  const bench = await startBench()
  const secret = await bench.create(document)
  const text = async (): Promise<string> => (await bench.text(secret)) ?? ''
  const begin = (rest: string, member: string): string => rest.replace(/^\{(?=\s*(\})?)/, (_, end?: string) => `{${member}${end === undefined ? ',' : ''}`)
  return {
    target: await bench.connect(secret, { field: 'OPENAI_API_KEY' }),
    others: async () => (await text()).replace(OUR_FIELD, ''),
    editOthers: async () => void (await bench.put(secret, begin(await text(), '"MORE":"stuff"'))),
    setCurrent: async (value) => {
      const rest = (await text()).replace(OUR_FIELD, '')
      await bench.put(secret, begin(rest, `"OPENAI_API_KEY":${JSON.stringify(value)}`))
    },
    cleanup: bench.close,
  }
}

/** Beside the key a plain secret holds only the blanks around it. */
async function plainHarness(placeholder: string | undefined): Promise<Harness> {
  const bench = await startBench()
  const secret = await bench.create(placeholder)
  const text = async (): Promise<string> => (await bench.text(secret)) ?? ''
  return {
    target: await bench.connect(secret),
    ...(placeholder === undefined ? { canEmpty: false } : {}),
    others: async () => (await text()).replace(/\S+/, ''),
    editOthers: async () => void (await bench.put(secret, ` ${await text()}`)),
    setCurrent: async (value) => void (await bench.put(secret, value)),
    cleanup: bench.close,
  }
}

for (const [title, document] of Object.entries(DOCUMENTS)) describeTarget(`aws-secrets-manager, ${title}`, () => jsonHarness(document))
describeTarget('aws-secrets-manager, a plain string', () => plainHarness(undefined))
describeTarget('aws-secrets-manager, a plain string that ends with a line end', () => plainHarness('\n'))
