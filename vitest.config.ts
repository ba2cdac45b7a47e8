import { defineConfig } from 'vitest/config'

const SEARCHES = ['test/simulation/search.test.ts', 'test/simulation/planted.test.ts']

/** Suites start servers and child processes: each file in a process of its own, two at a time; then the searches, which use every core. */
export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Canary suites read what really reaches stdout and stderr.
    disableConsoleIntercept: true,
    projects: [
      { extends: true, test: { name: 'suites', include: ['test/**/*.test.ts'], exclude: SEARCHES, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      { extends: true, test: { name: 'searches', include: SEARCHES, maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
})
