import { BaseCommand } from '../cli/base-command.ts'
import { makeDemo, runKeyrot, takePicture, type Demo, type Picture } from '../cli/demo.ts'

/** Calls of `rotate` before the demo gives up: each makes what progress it can. */
const MOST_CALLS = 12
const PAUSE_MS = 3_500
const WAITING = 10

export default class DemoCommand extends BaseCommand {
  static override id = 'demo'
  static override summary = 'rotate a throw-away key against the embedded cloud; needs no account and no network'

  override async run(): Promise<number> {
    const { flags } = await this.parse(DemoCommand)
    const { screen } = this.surface()
    const demo = await makeDemo()
    this.atEnd(demo.close)
    const before = await takePicture(demo)
    const tell = (title: string, picture: Picture): void =>
      flags.json
        ? undefined
        : this.show(
            false,
            () => null,
            () => pictureLines(title, picture),
          )
    tell('before', before)
    const code = await this.#rotate(demo, screen.say, flags.json)
    const after = await takePicture(demo)
    tell('after', after)
    const good = code === 0 && isRotated(before, after)
    if (flags.json)
      this.show(
        true,
        () => ({ rotated: good, before, after }),
        () => [],
      )
    if (code !== 0) return code
    screen.say(good ? 'the key was rotated; everything the demo made is gone again' : 'the demo did not end as it should')
    return good ? 0 : 1
  }

  async #rotate(demo: Demo, say: (line: string) => void, quiet: boolean): Promise<number> {
    for (let call = 1; call <= MOST_CALLS; call++) {
      say(`\n$ keyrot rotate demo --yes${call === 1 ? '' : '   # again: it goes on where it stopped'}`)
      const code = await runKeyrot(demo, ['rotate', 'demo', '--yes'], { quiet, signal: this.interruption.signal })
      if (code !== WAITING) return code
      await this.interruption.sleep(PAUSE_MS)
    }
    return WAITING
  }
}

function pictureLines(title: string, picture: Picture): string[] {
  return [
    `\n${title}:`,
    `  .env  OPENAI_API_KEY           fingerprint ${picture.current ?? 'none'}`,
    `        OPENAI_API_KEY_FALLBACK  ${picture.fallback === null ? 'not there' : `fingerprint ${picture.fallback}`}`,
    ...picture.keys.map((key) => `  cloud ${key.alive ? 'live' : 'dead'}  ${key.fingerprint}  ${key.name}`),
  ]
}

/** One other key in the file, alive; the old one dead; the rest of the file as it was. */
function isRotated(before: Picture, after: Picture): boolean {
  const lives = (fingerprint: string | null): boolean => after.keys.some((key) => key.fingerprint === fingerprint && key.alive)
  return after.current !== before.current && lives(after.current) && !lives(before.current) && after.fallback === null && after.rest === before.rest
}
