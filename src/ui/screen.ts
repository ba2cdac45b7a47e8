/** Where words go. stdout is data, stderr is everything else. Words carry all meaning; what colour there is comes from listr2, inquirer and oclif,
 * which honour NO_COLOR and FORCE_COLOR. Made once in `cli/outside/screen.ts`, by hand in tests. */
export interface Screen {
  /** Data for programs: one text, line end included. Never throws: a reader that went away changes nothing. */
  out(text: string): void
  /** Words for people: one line. */
  say(line: string): void
  /** The terminal that people watch, for a live view and for prompts; `null` where there is none (pipe, CI, TERM=dumb). */
  readonly terminal: NodeJS.WriteStream | null
  /** Characters per line to fit tables into. */
  readonly columns: number
}
