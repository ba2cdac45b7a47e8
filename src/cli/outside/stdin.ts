/** A key from stdin. Our own reader: oclif keeps what it reads in a global and prints it under a debug switch (reliability.md S9). */
import { KeyrotError } from '../../domain/errors.ts'
import { Secret } from '../../domain/secret.ts'

const MOST_BYTES = 4_096

/** Reads one line. Throws `KR_STDIN_KEY` when there is none, more than a key can be, or a terminal, which would echo it. */
export async function readKey(input: NodeJS.ReadableStream): Promise<Secret> {
  if ('isTTY' in input && input.isTTY === true) throw refuse('stdin is a terminal that would show the key')
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of input) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : (piece as Buffer)
    pieces.push(bytes)
    length += bytes.length
    if (length > MOST_BYTES) throw refuse('stdin holds more than one key')
  }
  const text = Buffer.concat(pieces)
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (text === '') throw refuse('stdin was empty')
  if (!/^[\x21-\x7e]+$/.test(text)) throw refuse('stdin does not hold one key: there are blanks, line breaks or other characters in it')
  return new Secret(text)
}

function refuse(message: string): KeyrotError {
  return new KeyrotError({
    code: 'KR_STDIN_KEY',
    kind: 'usage',
    message,
    hints: ['give it like this: printf %s "$NEW_KEY" | keyrot rotate NAME --new-key-stdin'],
  })
}
