import * as Flags from '@oclif/core/flags'
import { misused } from '../cli/base-command.ts'
import { RunCommand } from '../cli/run-command.ts'
import { givenKey } from '../cli/given-key.ts'
import { listOf } from '../cli/flags.ts'
import { keyIdOf } from '../cli/key-flags.ts'
import { confirmIncident, refuseAdminKey, scopeOf } from '../cli/incident.ts'
import { runOptions } from '../cli/session.ts'
import { incident } from '../engine/runs.ts'
import type { IncidentOrder } from '../ports/workspace.ts'

export default class Incident extends RunCommand {
  static override summary = 'a key has leaked: replace it everywhere, delete it, and see it refused'
  static override description =
    'Targets are moved side by side, without overlap; one that is down is left behind by name. Say it again to go on. Without a terminal: --yes --confirm NAME. With --drill everything happens on the embedded cloud.'
  static override strict = false
  static override usage = 'incident [NAME…] [flags]'
  static override examples = [
    '<%= config.bin %> incident prod-api',
    'printf %s "$LEAKED" | <%= config.bin %> incident --key-stdin --yes --confirm prod-api',
    '<%= config.bin %> incident --target web --reason "the platform was breached"',
    '<%= config.bin %> incident prod-api --drill',
  ]
  static override flags = {
    confirm: Flags.string({ description: 'what a person would type: the name, the target, the provider, or all', helpValue: 'NAME' }),
    'key-stdin': Flags.boolean({ description: 'read the leaked key from stdin; it is matched by its digest' }),
    'key-id': Flags.string({ description: 'the leaked key by its id at the provider, never by its value', helpValue: 'ID' }),
    target: Flags.string({ description: 'every credential that this target could have seen', helpValue: 'TARGET' }),
    provider: Flags.string({ description: 'every credential of this provider', helpValue: 'PROVIDER' }),
    all: Flags.boolean({ description: 'every credential of the config' }),
    without: Flags.string({ multiple: true, multipleNonGreedy: true, description: 'a target that may be left on a dead key, by name', helpValue: 'TARGET' }),
    'sever-first': Flags.boolean({ description: 'delete the leaked key before anything is promoted: consumers fail until they have the new one' }),
    'new-key-stdin': Flags.boolean({ description: 'read the new key from stdin, where no API makes one', exclusive: ['key-stdin'] }),
    drill: Flags.boolean({ description: 'rehearse it: the same targets on the embedded cloud, nothing real is touched' }),
  }

  override async run(): Promise<number> {
    const { argv, flags } = await this.parse(Incident)
    const given = argv as string[]
    if (flags.drill) {
      // loaded for a drill only: whoever means it does not wait for clouds to play with
      const { drill } = await import('../cli/demo/drill.ts')
      return drill(this.surface().screen, flags, given, this.interruption.signal, (close) => this.atEnd(close))
    }
    const keyId = keyIdOf(flags['key-id'])
    const session = await this.session(flags, true)
    const value = flags['key-stdin'] ? await givenKey(session, 'the leaked key') : null
    refuseAdminKey(session, value)
    const scope = await scopeOf(session, given, flags, value)
    if (flags.confirm !== undefined && flags.confirm !== scope.word)
      throw misused('--confirm does not repeat what the incident is about', `it is: ${scope.word}`)
    if (flags['new-key-stdin'] && scope.names.length !== 1) throw misused('--new-key-stdin gives one key: name one credential')
    const byFlags = flags.yes && flags.confirm === scope.word
    const order: IncidentOrder = {
      value,
      keyId,
      everySlot: flags.all === true || flags.target !== undefined || flags.provider !== undefined,
      severFirst: flags['sever-first'] === true,
      deadman: session.site.config.incident.deadman,
      without: listOf(flags.without),
      by: byFlags ? 'flag' : 'person',
    }
    const options = runOptions(flags, { pasted: flags['new-key-stdin'] ? await givenKey(session, 'the new key') : null })
    const named = await confirmIncident(session, scope, options, order, byFlags)
    const sure = { ...options, incident: { ...order, without: [...order.without, ...named] } }
    // A key that several credentials share dies with the last of them: whoever came first looks again.
    const act = (name: string) => incident(session.ws, name, sure)
    const shared = new Set<string>()
    return this.perform(
      session,
      flags,
      scope.names,
      async (name) => {
        const report = await act(name)
        if (report.code === 'KR_LEAK_SHARED') shared.add(name)
        return report
      },
      async (report) => (shared.has(report.credential) && scope.names.length > 1 ? act(report.credential) : report),
    )
  }
}
