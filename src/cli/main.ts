/** Runs oclif and turns whatever comes out of it into words and an exit code. Started by bin/run.js. */
import { ExitError } from '@oclif/core/errors'
import type { PJSON } from '@oclif/core/interfaces'
import { run } from '@oclif/core/run'
import { ownFrames, reportFailure, toFailure } from './failure.ts'
import { oclifOptions } from './plugin.ts'
import { forgiveStreams } from './outside/screen.ts'

/** Resolves when all is said; ends the process with the command's exit code. */
export async function main(argv: readonly string[], pjson: PJSON, root: URL): Promise<void> {
  forgiveStreams()
  // Warnings of Node and of libraries quote foreign text; what people must know is said in our own words.
  process.removeAllListeners('warning')
  process.on('warning', () => undefined)
  hushLibraries()
  // What was never settled must not look like success: the code is replaced when the command ends.
  process.exitCode = 1
  process.exitCode = await runCommand(argv, pjson, root)
  await flushed(process.stdout)
  await flushed(process.stderr)
  process.exit()
}

/** SDKs warn on the console, and quote what a server sent them. What keyrot says goes to the streams themselves. */
function hushLibraries(): void {
  for (const method of ['debug', 'error', 'info', 'trace', 'warn'] as const) console[method] = () => undefined
}

async function runCommand(argv: readonly string[], pjson: PJSON, root: URL): Promise<number> {
  let commands: readonly string[] = []
  try {
    const options = oclifOptions(pjson, root)
    commands = [...(options.plugins?.values() ?? [])].flatMap((plugin) => plugin.commandIDs)
    const code = await run([...argv], options)
    return typeof code === 'number' ? code : 0
  } catch (error) {
    if (error instanceof ExitError) return error.oclif.exit ?? 0
    return reportFailure(toFailure(error, commands), { argv, frames: ownFrames(error), signalCode: null })
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) return resolve()
    stream.write('', () => resolve())
  })
}
