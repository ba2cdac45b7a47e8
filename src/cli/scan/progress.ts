/** One line on the terminal while a scan takes long; nothing anywhere else. */

/** A scan shorter than this needs no words. */
const SILENT_MS = 800
const PAUSE_MS = 200
const CLEAR_LINE = '\r\u001b[K'

export interface Progress {
  /** `listed` is `null` where nobody knows how many there are. */
  readonly show: (listed: number | null, taken: number) => void
  readonly clear: () => void
}

/** `terminal` is `null` where nobody watches. */
export function showProgress(terminal: NodeJS.WriteStream | null): Progress {
  if (terminal === null) return { show: () => undefined, clear: () => undefined }
  let next = Date.now() + SILENT_MS
  let shown = false
  return {
    show: (listed, taken) => {
      const now = Date.now()
      if (now < next) return
      next = now + PAUSE_MS
      shown = true
      terminal.write(`${CLEAR_LINE}scanning: ${listed === null ? `${taken} texts` : `${Math.min(taken, listed)} of ${listed} files`}`)
    },
    clear: () => {
      if (shown) terminal.write(CLEAR_LINE)
      shown = false
    },
  }
}
