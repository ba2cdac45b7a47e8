/** The real terminal as the views see it, and whether there is a person at it. */
import { styleText } from 'node:util'
import type { Screen } from '../ui/screen.ts'

export interface Surface {
  readonly screen: Screen
  /** Keyboard of a person who can be asked, or `null`: a pipe, CI, or `--no-input`. */
  readonly keyboard: NodeJS.ReadStream | null
}

const NARROWEST = 40
const USUAL = 80

/** `noInput` is the flag; everything else is read from the streams and the environment. */
export function openSurface(noInput: boolean): Surface {
  const env = process.env
  const plain = isSet(env['CI']) || env['TERM'] === 'dumb'
  const terminal = process.stderr.isTTY && !plain ? process.stderr : null
  const keyboard = terminal !== null && process.stdin.isTTY && !noInput ? process.stdin : null
  const coloured = usesColour(env, terminal !== null)
  const width = (process.stdout.isTTY ? process.stdout.columns : process.stderr.columns) ?? USUAL
  const paint = (style: 'bold' | 'dim') => (text: string) => (coloured ? styleText(style, text, { validateStream: false }) : text)
  return {
    keyboard,
    screen: {
      out: (text) => void process.stdout.write(text),
      say: (line) => void process.stderr.write(`${line}\n`),
      terminal,
      columns: Math.max(NARROWEST, width),
      bold: paint('bold'),
      dim: paint('dim'),
    },
  }
}

function usesColour(env: NodeJS.ProcessEnv, live: boolean): boolean {
  if (isSet(env['NO_COLOR'])) return false
  if (isSet(env['FORCE_COLOR'])) return env['FORCE_COLOR'] !== '0'
  return live
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false'
}

/**
 * A reader that went away or a full disk behind stdout never changes what a run does (reliability.md C8). oclif's own
 * listener, which throws, is taken off.
 */
export function forgiveStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error')
    stream.on('error', () => undefined)
  }
}
