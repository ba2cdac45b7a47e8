/** Run as a process of its own by kubernetes-environment.test.ts: `kubernetes-child.ts FOLDER`. Composes what the config says and looks at its target once. */
import { join } from 'node:path'
import { connectSite, openSite } from '../../../src/cli/compose.ts'
import { listenForSignals } from '../../../src/cli/outside/interruption.ts'

const [folder = ''] = process.argv.slice(2)
const interruption = listenForSignals(() => undefined, null)
const nobody = { prompter: null, watch: () => undefined, warn: () => undefined }
const site = await openSite({ config: join(folder, 'rotation.config.yaml'), state: undefined }, interruption, () => undefined)
const { credentials } = await connectSite(site, [], nobody, interruption)
const seen = await Promise.all(credentials.flatMap(({ targets }) => targets.map(({ target }) => target.observe())))
process.stdout.write(seen.map(({ current }) => current.is).join(' '))
interruption.dispose()
