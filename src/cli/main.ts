/** Runs oclif and turns whatever comes out of it into words and an exit code. Started by bin/run.js. */
import { Config, Errors, run } from '@oclif/core'
import { fileURLToPath } from 'node:url'
import { ownFrames, reportFailure, toFailure } from './failure.ts'
import { forgiveStreams } from './screen.ts'

/** Resolves when all is said; ends the process with the command's exit code. */
export async function main(argv: readonly string[], root: URL): Promise<void> {
  forgiveStreams()
  // Warnings of Node and of libraries quote foreign text; what people must know is said in our own words.
  process.removeAllListeners('warning')
  process.on('warning', () => undefined)
  // What was never settled must not look like success: the code is replaced when the command ends.
  process.exitCode = 1
  process.exitCode = await runCommand(argv, fileURLToPath(root))
  await flushed(process.stdout)
  await flushed(process.stderr)
  process.exit()
}

async function runCommand(argv: readonly string[], root: string): Promise<number> {
  let commands: readonly string[] = []
  try {
    const config = await Config.load({ root })
    commands = config.commandIDs
    const code = await run([...argv], config)
    return typeof code === 'number' ? code : 0
  } catch (error) {
    if (error instanceof Errors.ExitError) return error.oclif.exit ?? 0
    return reportFailure(toFailure(error, commands), { argv, frames: ownFrames(error), signalCode: null })
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) return resolve()
    stream.write('', () => resolve())
  })
}
