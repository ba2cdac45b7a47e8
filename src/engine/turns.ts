/**
 * Turns: of all the calls that an invocation could make at once, so many are under way, and writers of one record go one after
 * the other. Put around the ports once; flow and engine need not know. What goes over the network has a gate of its own
 * (`CALLS_AT_ONCE` wide, handed to the adapters by `cli/compose.ts`): one call of a port may be several exchanges.
 */
import type { Provider } from '../ports/provider.ts'
import type { Turn } from '../ports/system.ts'
import type { Target } from '../ports/target.ts'
import type { Workspace } from '../ports/workspace.ts'

/** Exchanges over the network. Polite to providers and near the ideal: more than this buys nothing where each costs some CPU. */
export const CALLS_AT_ONCE = 32

/** Calls of ports: enough that one exchange always waits for the place of another, and few enough for what is no exchange (files, children). */
const PORT_CALLS_AT_ONCE = 2 * CALLS_AT_ONCE

const TARGET_CALLS = ['observe', 'write', 'reload', 'reloaded', 'stragglers', 'leftovers', 'unmark', 'remarks', 'rights'] as const
/** What changes a record: two at once would meet each other's conflict, or worse. */
const WRITES: ReadonlySet<string> = new Set(['write', 'unmark', 'reload'])
const PROVIDER_CALLS = ['prove', 'list', 'mint', 'retire', 'retireAccount', 'expire', 'rights', 'guards', 'administrator'] as const

/** The same workspace, its providers and targets taking turns. Each object is wrapped once, however many credentials share it. */
export function takingTurns(ws: Workspace, width = PORT_CALLS_AT_ONCE): Workspace {
  const gate = gateOf(width)
  const records = new Map<string, Turn>()
  const lineOf = (record: string): Turn => {
    const line = records.get(record) ?? gateOf(1)
    records.set(record, line)
    return line
  }
  const providers = new Map<Provider, Provider>()
  const wrapped = (provider: Provider): Provider => {
    const known = providers.get(provider) ?? through(provider, PROVIDER_CALLS, () => gate)
    providers.set(provider, known)
    return known
  }
  const target = (inner: Target): Target => {
    const line = lineOf(inner.traits.record)
    return through(inner, TARGET_CALLS, (call) => (WRITES.has(call) ? (work) => line(() => gate(work)) : gate))
  }
  const credentials = ws.credentials.map((credential) => ({
    ...credential,
    provider: wrapped(credential.provider),
    targets: credential.targets.map((bound) => ({ ...bound, target: target(bound.target) })),
  }))
  return { ...ws, credentials }
}

/** First come, first served; a failure frees its place like any other end. */
export function gateOf(width: number): Turn {
  const waiting: (() => void)[] = []
  let free = width
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

type Call = (...given: readonly unknown[]) => Promise<unknown>

/** A port whose calls go through a gate; what it does not have, it still does not have. */
function through<Port extends object>(port: Port, calls: readonly (keyof Port & string)[], gateFor: (call: string) => Turn): Port {
  const gated = calls.flatMap((name) => {
    const call = port[name] as Call | undefined
    return call === undefined ? [] : [[name, (...given: readonly unknown[]) => gateFor(name)(() => call.apply(port, [...given]))]]
  })
  return Object.assign(Object.create(port) as Port, Object.fromEntries(gated))
}
