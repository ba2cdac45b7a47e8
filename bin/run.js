#!/usr/bin/env node
/**
 * The door. Runs on any Node so that a too old one is told so in one sentence; turns away surroundings in which Node
 * itself would print or leak keys; answers `--version` before anything is loaded; then hands over to dist/cli/main.js.
 */
import { createRequire } from 'module'
import { enableCompileCache } from './compile-cache.js'
import { supportsNode } from './supported-node.js'

// Not by `import`: that reads every export of a built-in module, and those of `fs` load its streams (scripts/build/builtins.ts).
const manifest = createRequire(import.meta.url)('../package.json')
const root = new URL('..', import.meta.url)

/** Why this process must not go on: the sentence and the exit code, or null. */
function refusal() {
  if (process.platform === 'win32') return [2, 'Windows is not supported natively; run keyrot inside WSL']
  if (!supportsNode(manifest.engines.node, process.version)) {
    return [2, 'this is Node ' + process.version + ' and keyrot needs ' + manifest.engines.node + '; install a newer Node, for example 24']
  }
  // Node reads NODE_DEBUG before our first line runs, and its http, net and tls tracing prints Authorization headers.
  if (process.env.NODE_DEBUG) return [5, 'NODE_DEBUG makes Node print request headers, and those hold keys; run again as: env -u NODE_DEBUG keyrot …']
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    return [5, 'NODE_TLS_REJECT_UNAUTHORIZED=0 would send keys to whoever answers; unset it, and use NODE_EXTRA_CA_CERTS for a private certificate authority']
  }
  return null
}

/** Debug switches that make libraries print requests or arguments, and one that lies about the terminal. */
const NOISY = ['DEBUG', 'OPENAI_LOG', 'CLI_FLAGS_DEBUG', 'LISTR_FORCE_TTY', 'OCLIF_DEBUG', 'KEYROT_LOG']

function start() {
  const no = refusal()
  if (no !== null) {
    process.stderr.write('keyrot: ' + no[1] + '\n')
    process.exitCode = no[0]
    return undefined
  }
  if (process.argv.length === 3 && process.argv[2] === '--version') {
    process.stdout.write('keyrot ' + manifest.version + '\n')
    return undefined
  }
  process.report.excludeEnv = true
  for (const name of NOISY) delete process.env[name]
  enableCompileCache()
  return import('../dist/cli/main.js').then((cli) => cli.main(process.argv.slice(2), manifest, root), incomplete)
}

/** The modules could not be loaded: the message of that error names paths, and helps nobody who did not build this. */
function incomplete() {
  process.stderr.write('keyrot: this installation is incomplete; install it again, or in its repository: npm ci && npm run build\n')
  process.exitCode = 1
}

void start()
