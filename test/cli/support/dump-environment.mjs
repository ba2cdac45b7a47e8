/** Preloaded into keyrot by environment.test.ts: writes what a child process started late would inherit. */
import { writeFileSync } from 'node:fs'

const out = process.env.KEYROT_TEST_ENVIRONMENT
process.on('exit', () => writeFileSync(out, JSON.stringify(process.env)))
