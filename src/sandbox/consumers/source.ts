/** How a platform hands a consumer its key. */
import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { secretString } from './secrets.ts'

/** Plain data: it reaches the consumer's process as JSON. The key itself is in none of them. */
export type Source =
  /** A variable of the process, as it was at start: pods and deployments. */
  | { readonly kind: 'variable'; readonly name: string }
  /** A `.env` file that is read anew. */
  | { readonly kind: 'file'; readonly path: string; readonly name: string; readonly everyMs: number }
  /** One field of a secret, fetched anew, as caching clients do. */
  | { readonly kind: 'aws'; readonly url: string; readonly region: string; readonly secret: string; readonly field: string; readonly everyMs: number }

export type Environment = Readonly<Record<string, string | undefined>>

/** The key as the source gives it now; `null` where it gives none. */
export async function keyFrom(source: Source, env: Environment): Promise<string | null> {
  switch (source.kind) {
    case 'variable':
      return env[source.name] ?? null
    case 'file':
      return parseEnv(await readFile(source.path, 'utf8'))[source.name] ?? null
    default: {
      const fields: unknown = JSON.parse(await secretString(source, env))
      return (fields as Record<string, string>)[source.field] ?? null
    }
  }
}
