/** Where state is kept, as the config says: files beside it, or a store that other machines share. */
import type { Surroundings } from '../../adapters/define.ts'
import { guardEndpoint } from '../../adapters/endpoint.ts'
import type { LoadedConfig } from '../../config/load.ts'
import { KeyrotError } from '../../domain/errors.ts'
import type { SharedStore } from '../../ports/store.ts'
import type { Clock, Ids } from '../../ports/system.ts'
import { openFileState, openSharedState, type State } from '../../state/state.ts'

export interface StateWishes {
  readonly config: LoadedConfig
  readonly stateDir: string
  readonly clock: Clock
  readonly ids: Ids
  /** Ends calls that are under way. */
  readonly signal: AbortSignal
  /** One line for people. */
  readonly say: (line: string) => void
}

/** The state of a config. A shared store is signed in to at the first call, not before: whoever needs no state waits for none. */
export async function openStateOf(wishes: StateWishes): Promise<State> {
  const { config, stateDir, clock, ids, say } = wishes
  if (config.state === null) return openFileState(stateDir, { clock, ids })
  return openSharedState(
    later(() => openStoreOf(wishes)),
    { clock, ids, ns: config.ns, folder: stateDir, say },
  )
}

/** The store itself; `null` where state is files. */
export async function openStoreOf({ config, stateDir, clock, ids, signal }: Omit<StateWishes, 'say'>): Promise<SharedStore> {
  if (config.state === null) throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'state in files is no shared store' })
  // programs that a kubeconfig starts inherit the environment; by now adapters have been given what they need
  for (const name of config.secretVariables) delete process.env[name]
  const env: Readonly<Record<string, string | undefined>> = { ...process.env }
  const around: Surroundings = {
    clock,
    ids,
    root: config.root,
    stateDir,
    secret: () => {
      throw new KeyrotError({ code: 'KR_BUG', kind: 'bug', message: 'a store of state asked for a secret' })
    },
    env: (name) => env[name],
    endpoint: (given, fallback) => guardEndpoint(given, fallback),
    signal,
  }
  return config.state.declaration.open(config.state.settings, around)
}

/** The same store, opened when it is first asked something. */
function later(open: () => Promise<SharedStore>): SharedStore {
  let opened: Promise<SharedStore> | null = null
  const store = (): Promise<SharedStore> => (opened ??= open())
  return {
    place: 'the shared state',
    leases: {
      read: async (name) => (await store()).leases.read(name),
      put: async (name, value, revision) => (await store()).leases.put(name, value, revision),
    },
    sheets: {
      read: async (name) => (await store()).sheets.read(name),
      put: async (name, value, revision) => (await store()).sheets.put(name, value, revision),
    },
    rights: async () => (await store()).rights?.() ?? [],
  }
}
