/** The control endpoint: what tests in other processes do to the cloud behind the client's back. */
import type { Faults, FaultRule } from './faults.ts'
import type { CallWish, EventWish, Hands } from './hands.ts'
import type { RequestLogEntry } from './log.ts'
import { tunable } from './options.ts'
import type { Control } from './server.ts'
import type { Cloud } from './state.ts'

type Act = (body: Record<string, unknown>, id: string) => unknown

/** Answers 200 with what the act gives, 400 with one sentence when it cannot be done, 404 for an unknown one. */
export function controlOf(cloud: Cloud, faults: Faults, log: readonly RequestLogEntry[], hands: Hands): Control {
  const acts: Readonly<Record<string, Act>> = {
    'POST /faults': (body) => ({ id: faults.add(body as unknown as FaultRule) }),
    'GET /faults': () => faults.states(),
    'DELETE /faults': () => {
      faults.clear()
      return {}
    },
    'GET /clock': () => ({ now: hands.now() }),
    'POST /clock': (body) => {
      hands.advance(Number(body['advanceMs'] ?? 0))
      return { now: hands.now() }
    },
    'GET /log': () => log,
    'GET /state': () => hands.state(),
    'POST /options': (body) => {
      const change = tunable(body)
      hands.tune(change)
      return change
    },
    'POST /projects': (body) => hands.addProject(textOf(body['name'], 'Project')),
    'POST /service_accounts': (body) => hands.addServiceAccount(textOf(body['project'], ''), textOf(body['name'], 'service')),
    'POST /keys': (body) => hands.addKey(body),
    'POST /keys/:/use': (body, id) => ({ accepted: hands.useKey(id, typeof body['model'] === 'string' ? body['model'] : undefined) }),
    'POST /keys/:/calls': (body, id) => {
      hands.addCalls(id, body as unknown as CallWish)
      return {}
    },
    'POST /keys/:/events': (body, id) => {
      hands.addEvent(id, body as unknown as EventWish)
      return {}
    },
    'DELETE /keys/:': (_body, id) => {
      hands.deleteKey(id)
      return {}
    },
    'GET /keys/:': (_body, id) => hands.key(id),
  }
  return (method, path, body) => {
    const id = /^\/keys\/([^/]+)/.exec(path)?.[1] ?? ''
    const act = acts[`${method} ${id === '' ? path : path.replace(id, ':')}`]
    if (act === undefined) return { status: 404, body: { error: `no such control; known: ${Object.keys(acts).join(', ')}` } }
    try {
      return { status: 200, body: act(body, id) }
    } catch (error) {
      return { status: 400, body: { error: error instanceof Error ? error.message : 'cannot be done' } }
    }
  }
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}
