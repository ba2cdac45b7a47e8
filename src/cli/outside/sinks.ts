/** Sinks of a config, each with secrets of its own: one that cannot be used is said when it should tell something, and not before. */
import type { Surroundings } from '../../adapters/define.ts'
import type { LoadedConfig } from '../../config/load.ts'
import type { SinkBlock } from '../../config/model.ts'
import { resolveReferences, type Resolved } from '../../config/references.ts'
import { KeyrotError, toKeyrotError } from '../../domain/errors.ts'
import type { Sink } from '../../ports/sink.ts'
import { configFiles } from './config-files.ts'

type Read = Resolved['secrets'] | KeyrotError

/** The secrets of every sink, by its name, or why they cannot be had. */
export async function readSinkSecrets({ notify, root }: LoadedConfig): Promise<ReadonlyMap<string, Read>> {
  const readers = { env: (name: string) => process.env[name], files: configFiles, root }
  const read = async ({ name, references }: SinkBlock): Promise<readonly [string, Read]> =>
    resolveReferences(references, readers).then(
      ({ secrets }) => [name, secrets] as const,
      (thrown: unknown) => [name, toKeyrotError(thrown)] as const,
    )
  return new Map(await Promise.all(notify.map(read)))
}

/** The sink, or one that says at every notice what is wrong with it. */
export function connectSink({ name, type, declaration, settings }: SinkBlock, read: Read | undefined, around: Surroundings): Sink {
  try {
    if (read instanceof KeyrotError) throw read
    return declaration.connect(name, settings, { ...around, secret: (reference) => read?.get(reference) ?? around.secret(reference) })
  } catch (thrown) {
    const error = toKeyrotError(thrown)
    return { name, type, wants: () => true, send: () => Promise.reject(error) }
  }
}
