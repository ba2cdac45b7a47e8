/** A terminal of 24 rows as far as keyrot's views and prompts use one: what a person sees after everything that was sent, history included. */

const ROWS = 24
const COLUMNS = 80
// oxlint-disable-next-line no-control-regex -- this is what terminals are told with
const TOKEN = /\u001b\[([?>=]?)([\d;]*)([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[78=>]|[^\u001b]/gsu

export class TerminalScreen {
  /** Everything that was ever printed, oldest first; the last rows are the screen. */
  readonly #lines: string[][] = [[]]
  #top = 0
  #row = 0
  #column = 0
  #rest = ''
  /** Lines that the terminal had to break because a program printed beyond its edge. */
  broken = 0
  cursorHidden = false

  /** Obeys what is sent. A sequence that is cut at the end waits for its rest. */
  feed(text: string): void {
    const all = this.#rest + text
    // oxlint-disable-next-line no-control-regex -- an unfinished sequence
    const unfinished = /\u001b(?:\[[?>=]?[\d;]*|\][^\u0007\u001b]*)?$/.exec(all)
    this.#rest = unfinished?.[0] ?? ''
    for (const [token, mark, numbers, verb] of all.slice(0, all.length - this.#rest.length).matchAll(TOKEN)) {
      if (verb !== undefined) this.#obey(mark ?? '', (numbers ?? '').split(';').map(Number), verb)
      else if (token.length === 1 || token.codePointAt(0) !== 27) this.#print(token)
    }
  }

  /** The lines so far, ends trimmed, without the empty ones after the last. */
  lines(): string[] {
    const lines = this.#lines.map((line) =>
      Array.from(line, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    )
    while (lines.at(-1) === '') lines.pop()
    return lines
  }

  get #line(): string[] {
    const at = this.#top + this.#row
    while (this.#lines.length <= at) this.#lines.push([])
    return this.#lines[at] ?? []
  }

  #print(character: string): void {
    if (character === '\r') this.#column = 0
    else if (character === '\n') this.#down()
    else if (character === '\b') this.#column = Math.max(0, this.#column - 1)
    else if (character >= ' ') {
      if (this.#column >= COLUMNS) {
        this.broken++
        this.#column = 0
        this.#down()
      }
      this.#line[this.#column++] = character
    }
  }

  #down(): void {
    if (this.#row < ROWS - 1) this.#row++
    else this.#top++
    void this.#line
  }

  #obey(mark: string, [first = 0]: number[], verb: string): void {
    const count = Math.max(1, first)
    if (mark === '?') this.cursorHidden = first === 25 ? verb === 'l' : this.cursorHidden
    else if (verb === 'A' || verb === 'F') this.#row = Math.max(0, this.#row - count)
    else if (verb === 'B' || verb === 'E') this.#row = Math.min(ROWS - 1, this.#row + count)
    else if (verb === 'C') this.#column = Math.min(COLUMNS - 1, this.#column + count)
    else if (verb === 'D') this.#column = Math.max(0, this.#column - count)
    else if (verb === 'G') this.#column = count - 1
    else if (verb === 'K') this.#eraseLine(first)
    else if (verb === 'J') this.#eraseBelow(first)
    else if (verb !== 'm') throw new Error(`the screen of the tests does not know the sequence ${verb}`)
    if (verb === 'E' || verb === 'F') this.#column = 0
  }

  #eraseLine(how: number): void {
    const line = this.#line
    if (how === 0) line.length = Math.min(line.length, this.#column)
    else if (how === 2) line.length = 0
    else for (let at = 0; at <= this.#column; at++) line[at] = ' '
  }

  #eraseBelow(how: number): void {
    if (how !== 0) throw new Error('the screen of the tests only erases below the cursor')
    this.#eraseLine(0)
    this.#lines.length = this.#top + this.#row + 1
  }
}
