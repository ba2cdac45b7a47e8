/** Everything written to stdout and stderr meanwhile, by whatever way; nothing of it is shown. */
export function listen(): { stop(): string } {
  const parts: string[] = []
  const streams = [process.stdout, process.stderr]
  const originals = streams.map((stream) => stream.write)
  for (const stream of streams) {
    stream.write = (chunk: Uint8Array | string) => {
      parts.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1'))
      return true
    }
  }
  return {
    stop: () => {
      for (const [at, original] of originals.entries()) Object.assign(streams[at] ?? {}, { write: original })
      return parts.join('')
    },
  }
}
