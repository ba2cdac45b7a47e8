/** Puts a new text in the place of a file at once: whoever reads it meanwhile finds the old one or the new one, whole. */
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** `text` is `latin1`. The mode is set, whatever the umask says. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const beside = besideOf(file)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(beside, text, 'latin1')
  await chmod(beside, mode)
  await rename(beside, file)
}

/** Where the new one is made ready. */
export const besideOf = (file: string): string => `${file}.keyrot-new`
