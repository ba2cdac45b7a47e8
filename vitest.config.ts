import { defineConfig } from 'vitest/config'

const SEARCHES = ['test/simulation/search.test.ts', 'test/simulation/planted.test.ts']

/** Suites start servers and child processes: each file in a process of its own, three at a time, for most of them wait; then the searches, which use every core. */
export default defineConfig({
  test: {
    pool: 'forks',
    // Far more than any test takes: a busy machine is no failure.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Canary suites read what really reaches stdout and stderr.
    disableConsoleIntercept: true,
    projects: [
      { extends: true, test: { name: 'suites', include: ['test/**/*.test.ts'], exclude: SEARCHES, maxWorkers: 3, sequence: { groupOrder: 1 } } },
      { extends: true, test: { name: 'searches', include: SEARCHES, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
})
