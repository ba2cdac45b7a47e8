/**
 * What of a `status` nothing but the stored record knows: everything else is the same on a machine that kept no state (I9). Fields of a
 * credential, and findings by their code. docs/findings.md names them; test/status/without-state.test.ts compares.
 */
export const RECORD_ONLY = [
  /** Id of the open run: drawn by chance, written nowhere else. */
  'openRun',
  'parked-run',
  'revocation-outstanding',
  'state-damaged',
  'state-missing',
] as const
