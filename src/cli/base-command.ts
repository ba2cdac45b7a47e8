/** What every command shares: parsing by oclif, failures in our words, signals, and one way to end. */
import { Command } from '@oclif/core/command'
import { KeyrotError } from '../domain/errors.ts'
import { asciiJson } from '../ui/json.ts'
import type { Declared } from './command-line.ts'
import { ownFrames, reportFailure, toFailure } from './failure.ts'
import { COMMON_FLAGS } from './flags.ts'
import { listenForSignals, type Interruption } from './outside/interruption.ts'
import { openSurface, type Surface } from './outside/screen.ts'

export abstract class BaseCommand extends Command {
  static override baseFlags = COMMON_FLAGS
  readonly #closers: (() => Promise<void> | void)[] = []

  /** Does the command's work; resolves with its exit code. */
  abstract override run(): Promise<number>

  /** oclif's own way of running prints foreign stacks and messages; this one never does. */
  protected override async _run<T>(): Promise<T> {
    return (await this.#guarded()) as T
  }

  async #guarded(): Promise<number> {
    let interruption: Interruption | null = null
    try {
      interruption = listenForSignals((line) => process.stderr.write(`${line}\n`), process.stderr.isTTY ? process.stderr : null)
      this.interruption = interruption
      const code = await this.run()
      return code === 130 ? (interruption.exitCode() ?? code) : code
    } catch (error) {
      const failure = toFailure(error, [], this.#declared())
      return reportFailure(failure, { argv: this.argv, frames: ownFrames(error), signalCode: interruption?.exitCode() ?? null })
    } finally {
      for (const close of this.#closers.toReversed()) await close()
      interruption?.dispose()
    }
  }

  #declared(): Declared {
    const { baseFlags, flags, args } = this.ctor
    return { name: (this.id ?? '').replaceAll(':', ' '), flags: { ...baseFlags, ...flags } as Declared['flags'], args }
  }

  protected interruption!: Interruption

  /** Called when the command ends, however it ends; last come, first closed. */
  protected atEnd(close: () => Promise<void> | void): void {
    this.#closers.push(close)
  }

  protected surface(noInput = true): Surface {
    return openSurface(noInput)
  }

  /** The result: one JSON object, or lines for people, on stdout. */
  protected show(json: boolean, object: () => unknown, lines: () => readonly string[]): void {
    process.stdout.write(
      json
        ? `${asciiJson(object(), 2)}\n`
        : lines()
            .map((line) => `${line}\n`)
            .join(''),
    )
  }
}

/** A confirmation or flag that a person must give. */
export function refused(code: `KR_${string}`, message: string, ...hints: string[]): KeyrotError {
  return new KeyrotError({ code, kind: 'refused', message, hints })
}

/** A command line that cannot be meant. */
export function misused(message: string, ...hints: string[]): KeyrotError {
  return new KeyrotError({ code: 'KR_USAGE', kind: 'usage', message, hints })
}
