/** The words of the dotenv target for what files do. Foreign messages name paths and stay behind. */
import { KeyrotError, type ErrorKind } from '../../domain/errors.ts'

/** A clear no: nothing was changed, and trying again changes nothing. */
export function refused(code: `KR_DOTENV_${string}`, file: string, says: string, hint?: string): KeyrotError {
  return new KeyrotError({ code, kind: 'refused', message: `${file} ${says}`, facts: { path: file }, ...(hint === undefined ? {} : { hints: [hint] }) })
}

/** The system's code of a failed call on a file (`ENOENT`, …), or an empty text. */
export function errno(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^E[A-Z0-9]{1,20}$/.test(code) ? code : ''
}

interface Words {
  readonly code: `KR_DOTENV_${string}`
  readonly kind: ErrorKind
  readonly retryable: boolean
  readonly says: string
  readonly hint: string
}

const FULL: Words = {
  code: 'KR_DOTENV_NO_SPACE',
  kind: 'unavailable',
  retryable: true,
  says: 'was left as it was: the disk or the quota is full',
  hint: 'make room on the file system of the file and of the state folder',
}
const FORBIDDEN: Words = {
  code: 'KR_DOTENV_FORBIDDEN',
  kind: 'unavailable',
  retryable: false,
  says: 'cannot be read or replaced: the system denies it to this user',
  hint: 'give this user the right to read the file, and to write in its folder and in the state folder',
}
const READ_ONLY: Words = {
  code: 'KR_DOTENV_READ_ONLY',
  kind: 'unavailable',
  retryable: false,
  says: 'was left as it was: it, or the state folder, is on a read-only file system',
  hint: 'run keyrot where the file can be written',
}
const GONE: Words = {
  code: 'KR_DOTENV_GONE',
  kind: 'conflict',
  retryable: false,
  says: 'was left as it was: the file, its folder or the temporary file went away meanwhile',
  hint: 'run the same command again',
}

const BY_ERRNO: Record<string, Words> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: FULL,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: READ_ONLY,
  ENOENT: GONE,
}

/** Any failure of a file call as a KeyrotError; what is one already passes. Mistakes of the code itself pass too, to be seen as such. */
export function fileError(error: unknown, file: string): unknown {
  const met = errno(error)
  if (error instanceof KeyrotError || met === '') return error
  const words = BY_ERRNO[met]
  if (words !== undefined) {
    const { code, kind, retryable } = words
    return new KeyrotError({ code, kind, retryable, message: `${file} ${words.says}`, hints: [words.hint], facts: { path: file, providerCode: met } })
  }
  return new KeyrotError({
    code: 'KR_DOTENV_IO',
    kind: 'unavailable',
    message: `${file} was left as it was: the system answered ${met}`,
    facts: { path: file, providerCode: met },
  })
}
