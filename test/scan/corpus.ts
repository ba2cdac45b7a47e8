/**
 * Keys planted in every dress a leak wears, and texts that only look like one: drawn anew from a seed, put together here, so that the
 * repository holds none of them.
 */
import { chance, type Chance } from '../simulation/clock.ts'
import { CARRIERS, NAMED_CARRIERS, type Carrier } from './carriers.ts'
import { drawn, KINDS, type KeyKind } from './kinds.ts'
import { MACHINE_MADE, STAND_INS } from './lookalikes.ts'

export interface Sample {
  /** What it is: a kind of key and its dress, or a kind of decoy. */
  readonly kind: string
  readonly dress: string
  readonly path: string
  readonly bytes: Buffer
  /** Ids of rules of which one must find it; none for a decoy. */
  readonly rules: readonly string[]
}

export interface Corpus {
  readonly planted: readonly Sample[]
  readonly decoys: readonly Sample[]
}

/** Every kind of key in every dress it can wear, and ten of every kind of lookalike. The same seed is the same corpus, on every machine. */
export function corpus(seed: number): Corpus {
  const random = chance(seed)
  const planted = KINDS.flatMap((kind) => dressesFor(kind).map((carrier) => plant(kind, carrier, random)))
  const decoys = [...STAND_INS, ...MACHINE_MADE].flatMap((lookalike) =>
    Array.from({ length: 10 }, () => decoy(lookalike.kind, lookalike.draw(random), STAND_INS.includes(lookalike), random)),
  )
  return { planted, decoys }
}

/** A key that only its name gives away wears what leaves the name beside it. */
function dressesFor(kind: KeyKind): readonly Carrier[] {
  return kind.named ? NAMED_CARRIERS : CARRIERS
}

function plant(kind: KeyKind, carrier: Carrier, random: Chance): Sample {
  const { path, bytes } = carrier.put(kind.variable, kind.draw(random), random)
  return { kind: kind.name, dress: carrier.dress, path, bytes, rules: kind.rules }
}

/** In a file where a key might be; only a stand-in stands where a key belongs. */
function decoy(kind: string, text: string, standsIn: boolean, random: Chance): Sample {
  const path = random.pick(['README.md', '.env.example', 'src/app.ts', 'config.json', 'main.py', 'docker-compose.yml'])
  const named = [`OPENAI_API_KEY=${text}`, `const apiKey = "${text}"`, `{"OPENAI_API_KEY": "${text}"}`, `      OPENAI_API_KEY: ${text}`]
  const line = random.pick([`const id = "${text}"`, `{"id": "${text}"}`, `# ${text}`, `id: '${text}'`, text, ...(standsIn ? named : [])])
  return { kind, dress: path, path, bytes: Buffer.from(`${drawn(random, 'abcdefghij ', 60)}\n${line}\n`), rules: [] }
}
