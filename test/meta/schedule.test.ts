/** A schedule may only call what this keyrot has: every command and flag in every generated file. */
import { describe, expect, it } from 'vitest'
import { loadCommands } from '../../scripts/commands.ts'
import { leakScanJob } from '../../src/scan/ci.ts'
import { PLATFORMS, type Platform, type ScheduleFacts } from '../../src/schedule/facts.ts'
import { scheduleFile } from '../../src/schedule/schedule.ts'

const facts = (platform: Platform): ScheduleFacts => ({
  version: '1.2.3',
  ns: 'testtest',
  minute: 7,
  variables: ['OPENAI_ADMIN_KEY'],
  files: ['secrets/token'],
  aws: { region: 'eu-west-1' },
  cluster: { context: null, kubeconfig: null },
  stateNamespace: null,
  approved: ['prod'],
  config: 'rotation.config.yaml',
  configText: 'version: 1\n',
  place: { folder: '/srv/it s', config: 'rotation.config.yaml', node: '/usr/bin/node', keyrot: '/opt/keyrot/bin/run.js' },
  summary: 'status --fail-on never',
  leaks: platform === 'github' || platform === 'gitlab' ? leakScanJob(platform) : '',
})

/** Calls of keyrot in a text: the command and its flags. Comments are for people. */
function callsIn(text: string): readonly { readonly command: string; readonly flags: readonly string[] }[] {
  const script = text.replaceAll(/^ *#.*$/gm, '')
  return [...script.matchAll(/(?:\bkeyrot|run\.js)\s+(rotate|status|scan|approve|revoke|[a-z]+(?= (?:--|"\$NAME")))([^\n]*)/g)].map(
    ([, command = '', rest = '']) => ({
      command,
      flags: [...(rest.split(/&&|\|\||>>|;;/)[0] ?? '').matchAll(/--([a-z][a-z-]*)/g)].map(([, flag = '']) => flag),
    }),
  )
}

describe('what schedules call', () => {
  it.each(PLATFORMS)('%s: commands and flags that exist', async (platform) => {
    const commands = new Map((await loadCommands()).map(({ name, own, shared }) => [name, new Set([...Object.keys(own), ...Object.keys(shared)])]))
    const calls = callsIn(scheduleFile(platform, facts(platform)))
    expect(calls.map(({ command }) => command)).toContain('rotate')
    expect(calls.flatMap(({ flags }) => flags)).toContain('due')
    for (const { command, flags } of calls)
      expect({ command, unknown: flags.filter((flag) => commands.get(command)?.has(flag) !== true) }).toEqual({ command, unknown: [] })
  })
})
