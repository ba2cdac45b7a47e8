/** The real terminal as the views see it, and whether there is a person at it. */
import type { Screen } from '../../ui/screen.ts'

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
  // A terminal that does not know its width says 0.
  const width = (process.stdout.isTTY ? process.stdout.columns : process.stderr.columns) || USUAL
  return {
    keyboard,
    screen: {
      out: (text) => void process.stdout.write(text),
      say: (line) => void process.stderr.write(`${line}\n`),
      terminal,
      columns: Math.max(NARROWEST, width),
    },
  }
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

/** Whether the terminal may show nothing beyond ASCII: another locale than UTF-8, or one that has no blocks to draw with. */
export function wantsAscii(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return !/utf-?8/i.test(locale) || env['TERM'] === 'dumb' || env['TERM'] === 'linux'
}
