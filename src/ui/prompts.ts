/**
 * Questions to a person, by inquirer, on stderr. Facts first, then the question; hidden input stays hidden; Ctrl-C in a
 * prompt, or an input that ended, is an interruption like any other. The view is silent meanwhile.
 */
import { KeyrotError } from '../domain/errors.ts'
import { printable } from '../domain/printable.ts'
import { Secret } from '../domain/secret.ts'
import type { Choice, Prompter, Question } from '../ports/system.ts'
import type { Screen } from './screen.ts'
import { wrap } from './text/table.ts'
import type { View } from './view.ts'

export interface PromptSurroundings {
  readonly screen: Screen
  readonly terminal: NodeJS.WriteStream
  readonly keyboard: NodeJS.ReadStream
  readonly view: Pick<View, 'aside'>
  readonly signal: AbortSignal
  /** Called when a person leaves a prompt by Ctrl-C or Ctrl-D. */
  readonly leave: () => void
}

/** Room that inquirer needs on a question's line for its mark and the answer. */
const ANSWER_ROOM = 8
/** Answers longer than any key are no keys. */
const LONGEST_PASTE = 4_096

/** Nothing is echoed, not even on a key stroke: a key on the screen is a key in the scroll-back. */
const HIDDEN = { type: 'password', mask: false, toggleMask: false, theme: { style: { maskedText: '[not shown; Enter ends it]' } } }

export function createPrompter(around: PromptSurroundings): Prompter {
  const ask = <T>(question: Question, prompt: Record<string, unknown>): Promise<T> =>
    around.view.aside(async () => {
      around.screen.say('')
      const { columns } = around.screen
      for (const fact of question.facts) for (const line of wrap(`  ${printable(fact, 300)}`, columns, '    ')) around.screen.say(line)
      const message = wrap(printable(question.title, 300), columns - ANSWER_ROOM).join('\n')
      return await answer<T>(around, { ...prompt, message })
    })
  return {
    confirm: (question) => ask<boolean>(question, { type: 'confirm', default: false }),
    choose: <T extends string>(question: Question, choices: readonly Choice<T>[]) =>
      ask<T>(question, {
        type: 'select',
        choices: choices.map((choice) => ({ value: choice.value, name: `${printable(choice.label, 200)}${choice.isDefault === true ? ' (default)' : ''}` })),
        default: choices.find((choice) => choice.isDefault)?.value,
      }),
    repeat: async (question, word) => (await ask<string>(question, { type: 'input' })).trim() === word,
    paste: async (question) => {
      const text = (await ask<string>(question, HIDDEN)).trim()
      return text === '' || text.length > LONGEST_PASTE ? null : new Secret(text)
    },
  }
}

/** Free questions of `init`: a text or several choices. */
export interface Form {
  input(message: string, initial: string, accept: (text: string) => true | string): Promise<string>
  pick(message: string, choices: readonly { readonly value: string; readonly name: string; readonly short?: string }[], initial: string): Promise<string>
  several(message: string, choices: readonly { readonly value: string; readonly name: string; readonly checked: boolean }[]): Promise<readonly string[]>
}

export function createForm(around: PromptSurroundings): Form {
  return {
    input: (message, initial, accept) => answer(around, { type: 'input', message, default: initial, validate: accept }),
    pick: (message, choices, initial) => answer(around, { type: 'select', message, choices, default: initial }),
    several: (message, choices) => answer(around, { type: 'checkbox', message, choices }),
  }
}

async function answer<T>(around: PromptSurroundings, prompt: Record<string, unknown>): Promise<T> {
  const { default: inquirer } = await import('inquirer')
  const input = around.keyboard
  const ended = new AbortController()
  const onKey = (_: unknown, key?: { readonly ctrl?: boolean; readonly name?: string }): void => {
    if (key?.ctrl === true && key.name === 'd') ended.abort()
  }
  const onEnd = (): void => ended.abort()
  input.on('keypress', onKey)
  input.once('end', onEnd)
  try {
    const signal = AbortSignal.any([around.signal, ended.signal])
    const run = inquirer.createPromptModule({ input, output: around.terminal, signal })
    const answers = (await run([{ ...prompt, name: 'answer' }] as never)) as { answer: T }
    return answers.answer
  } catch {
    around.leave()
    throw new KeyrotError({ code: 'KR_INTERRUPTED', kind: 'interrupted', message: 'the question was left without an answer' })
  } finally {
    input.off('keypress', onKey)
    input.off('end', onEnd)
  }
}
