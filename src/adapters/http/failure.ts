/** An exchange that came to nothing, in keyrot's own words: no text of a server or of the system is in them. */
import { KeyrotError, type ErrorKind } from '../../domain/errors.ts'

/** What was wrong with it. */
export type Odd = 'redirected' | 'too-large' | 'malformed' | 'timeout' | 'stopped' | 'certificate' | 'unreachable' | 'cut-off'

const WORDS: Record<Odd, string> = {
  redirected: 'answered with a redirect, which keyrot never follows',
  'too-large': 'sent a larger answer than keyrot reads',
  malformed: 'sent something that is not a well-formed answer',
  timeout: 'did not answer in time',
  stopped: 'was not waited for: told to stop',
  certificate: 'did not prove who it is: its certificate is not trusted here',
  unreachable: 'could not be reached',
  'cut-off': 'closed the connection without an answer',
}

const HINTS: Partial<Record<Odd, string>> = {
  certificate: 'name an extra certificate authority in NODE_EXTRA_CA_CERTS',
  unreachable: 'check the network, and HTTPS_PROXY if there is one',
}

export function lost(url: URL, odd: Odd, mayHaveActed: boolean): KeyrotError {
  const kind: ErrorKind = mayHaveActed ? 'ambiguous' : odd === 'stopped' ? 'interrupted' : 'unavailable'
  const hint = HINTS[odd]
  return new KeyrotError({
    code: `KR_HTTP_${odd.toUpperCase().replace('-', '_')}`,
    kind,
    message: `${url.host} ${WORDS[odd]}`,
    hints: hint === undefined ? [] : [hint],
  })
}

export function reasonOf(error: unknown, sent: boolean): Odd {
  const code = codeOf(error)
  if (/^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/.test(code)) return 'certificate'
  if (code.startsWith('HPE_')) return 'malformed'
  return sent ? 'cut-off' : 'unreachable'
}

export function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' ? code : ''
}
