/** How the config reaches the disk: one bounded read. Played by `cli/outside/config-files.ts`. */
export type FileReading =
  | {
      readonly ok: true
      /** At most one byte more than the limit: more than the limit means the file was larger. */
      readonly bytes: Uint8Array
      /** Real path of the folder in which the path was named. */
      readonly folder: string
      /** Whether the real file lies under that folder (under `from`, when the path is relative to it). */
      readonly inside: boolean
      /** Permission bits. */
      readonly mode: number
    }
  | { readonly ok: false; readonly why: 'missing' | 'not-a-file' | 'unreadable' }

export interface ConfigFiles {
  /** Reads a regular file, following links; a relative path starts at `from`, else where the process stands. Never blocks on a device or pipe. */
  read(path: string, limit: number, from?: string): Promise<FileReading>
}
