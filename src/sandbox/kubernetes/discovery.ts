/** What a server says of itself: its version, its groups and their kinds. */
import { type Resource, RESOURCES } from './api/resources.ts'

export const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.0',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-04-22T00:00:00Z',
  goVersion: 'go1.26.0',
  compiler: 'gc',
  platform: 'linux/amd64',
}

const GROUPS = [...new Set(RESOURCES.map(({ group }) => group))].filter((group) => group !== '')

function versionsOf(group: string) {
  const version = { groupVersion: `${group}/v1`, version: 'v1' }
  return { name: group, versions: [version], preferredVersion: version }
}

function kindsOf(group: string) {
  const told = RESOURCES.filter((resource) => resource.group === group).flatMap((resource) => [
    entry(resource),
    ...(resource.status ? [statusOf(resource)] : []),
  ])
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group === '' ? 'v1' : `${group}/v1`, resources: told }
}

function entry({ plural, kind, namespaced, verbs }: Resource) {
  return { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs }
}

function statusOf({ plural, kind, namespaced }: Resource) {
  return { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] }
}

/** The discovery document of a path, or `null` when it has none. */
export function discovery(path: string): unknown {
  const bare = path.replace(/\/$/, '')
  if (bare === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
  if (bare === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: GROUPS.map(versionsOf) }
  if (bare === '/api/v1') return kindsOf('')
  const group = GROUPS.find((known) => bare === `/apis/${known}` || bare === `/apis/${known}/v1`)
  if (group === undefined) return null
  return bare.endsWith('/v1') ? kindsOf(group) : { kind: 'APIGroup', apiVersion: 'v1', ...versionsOf(group) }
}
