/** How well a scan tells keys from what looks like them. `npm run bench:scan-accuracy -- [SEED]` prints the table of docs/scan.md. */
import { inspectorWith } from '../../src/scan/inspect.ts'
import type { Inspect } from '../../src/scan/piece.ts'
import { corpus, type Sample } from './corpus.ts'

/** Samples told wrongly: a key that no rule of its kind found, a decoy in which any rule found a key. Kinds only, never the text. */
export function wrong(samples: readonly Sample[], inspect: Inspect): readonly string[] {
  return samples.flatMap(({ kind, dress, path, bytes, rules }) => {
    const keys = inspect({ path, bytes }).filter(({ fingerprint }) => fingerprint !== null)
    if (rules.length === 0) return keys.length === 0 ? [] : [`${kind} in ${dress}: taken for ${keys.map(({ rule }) => rule).join(', ')}`]
    return keys.some(({ rule }) => rules.includes(rule)) ? [] : [`${kind} in ${dress}: missed`]
  })
}

function table(title: string, samples: readonly Sample[], by: (sample: Sample) => string, inspect: Inspect): string[] {
  const rows = [...Map.groupBy(samples, by)].map(([name, some]) => {
    const failed = wrong(some, inspect).length
    return `| ${name} | ${some.length} | ${some[0]?.rules.length === 0 ? failed : some.length - failed} |`
  })
  return [`| ${title} | samples | found |`, '| --- | --- | --- |', ...rows, '']
}

if (import.meta.main) {
  const seed = Number(process.argv[2] ?? Date.now() % 2 ** 31)
  const { planted, decoys } = corpus(seed)
  const { inspect } = inspectorWith()
  const lines = [
    `seed ${seed}: ${planted.length} planted, ${decoys.length} decoys`,
    '',
    ...table('key', planted, ({ kind }) => kind, inspect),
    ...table('dress', planted, ({ dress }) => dress, inspect),
    ...table('decoy', decoys, ({ kind }) => kind, inspect),
    ...wrong(planted, inspect),
    ...wrong(decoys, inspect),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  process.exitCode = wrong(planted, inspect).length + wrong(decoys, inspect).length === 0 ? 0 : 1
}
