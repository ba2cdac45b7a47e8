/** Prints `N passed, N failed, N skipped` from a vitest JSON report, and fails when something failed or nothing ran. */
import { readFileSync } from 'fs'

let report
try {
  report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
} catch {
  report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, success: false }
}
const skipped = report.numPendingTests + report.numTodoTests
console.log(report.numPassedTests + ' passed, ' + report.numFailedTests + ' failed, ' + skipped + ' skipped')
if (!report.success || report.numPassedTests === 0) process.exitCode = 1
