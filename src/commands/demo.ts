import { BaseCommand } from '../cli/base-command.ts'
import { makeDemo, runKeyrot, takePicture, type Demo, type Picture } from '../cli/demo/demo.ts'

/** Calls of `rotate` before the demo gives up: each makes what progress it can. */
const MOST_CALLS = 12
const PAUSE_MS = 2_500
/** After the end: the consumers' last calls are still to be told. */
const LAST_CALLS_MS = 600
const WAITING = 10

export default class DemoCommand extends BaseCommand {
  static override id = 'demo'
  static override summary = 'rotate a throw-away key in four kinds of targets; needs no account'
  static override description =
    'Against the embedded OpenAI, AWS, Kubernetes and Vercel, by the real command over real HTTP, under programs that call with the key all the time. Opens nothing outside, and leaves nothing behind.'
  static override examples = ['<%= config.bin %> demo']

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
    await this.interruption.sleep(LAST_CALLS_MS)
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

const NAMES: Readonly<Record<string, string>> = { dotenv: '.env file', aws: 'AWS secret', kubernetes: 'Kubernetes Secret', vercel: 'Vercel variable' }

function pictureLines(title: string, { places, keys }: Picture): string[] {
  return [
    `\n${title}:`,
    ...places.flatMap(({ name, holds, calls }) => [
      `  ${(NAMES[name] ?? name).padEnd(18)} holds ${holds ?? 'nothing'}`,
      ...calls.map(
        (call) => `  ${''.padEnd(18)} consumers called ${String(call.accepted).padStart(4)} times with ${call.fingerprint}, refused ${call.refused}`,
      ),
    ]),
    ...keys.map((key) => `  OpenAI             ${key.alive ? 'live' : 'dead'}  ${key.fingerprint}  ${key.name}`),
  ]
}

/** One other key everywhere, alive; the old one dead; nobody refused; the rest of the file as it was. */
function isRotated(before: Picture, after: Picture): boolean {
  const lives = (fingerprint: string | null): boolean => after.keys.some((key) => key.fingerprint === fingerprint && key.alive)
  const held = new Set(after.places.map(({ holds }) => holds))
  const [now = null] = held
  const [old = null] = before.places.map(({ holds }) => holds)
  const served = after.places.every(({ calls }) => calls.every(({ refused }) => refused === 0) && calls.some(({ fingerprint }) => fingerprint === now))
  return held.size === 1 && now !== old && lives(now) && !lives(old) && served && after.rest === before.rest
}
