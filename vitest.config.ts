import { defineConfig } from 'vitest/config'

/** Suites start servers and child processes: each file in a process of its own, two at a time. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Canary suites read what really reaches stdout and stderr.
    disableConsoleIntercept: true,
  },
})
