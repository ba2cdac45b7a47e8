/** The dresses of a leak: a file that holds a key, drawn around it. */
import { gzipSync } from 'node:zlib'
import type { Chance } from '../simulation/clock.ts'
import { drawn } from './kinds.ts'

export interface Carrier {
  readonly dress: string
  readonly put: (variable: string, key: string, random: Chance) => { readonly path: string; readonly bytes: Buffer }
}

type Write = (variable: string, key: string, random: Chance) => string

const text = (dress: string, path: string, write: Write): Carrier => ({
  dress,
  put: (variable, key, random) => ({ path, bytes: Buffer.from(write(variable, key, random)) }),
})

const bytes = (dress: string, path: string, write: (variable: string, key: string, random: Chance) => Buffer): Carrier => ({
  dress,
  put: (variable, key, random) => ({ path, bytes: write(variable, key, random) }),
})

const words = (random: Chance, length: number): string => drawn(random, 'etaoinshrdlu     ', length)
const base64 = (from: string): string => Buffer.from(from).toString('base64')
const percent = (from: string): string => Buffer.from(from).reduce((sofar, code) => `${sofar}%${code.toString(16).padStart(2, '0').toUpperCase()}`, '')
const camel = (name: string): string => name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())

/** These leave the variable's name beside its value. */
export const NAMED_CARRIERS: readonly Carrier[] = [
  text('.env', '.env', (name, key) => `PORT=3000\n${name}=${key}\nDEBUG=1\n`),
  text('.env, quoted, CRLF', '.env.production', (name, key) => `A=1\r\nexport ${name}="${key}"\r\n`),
  text('MCP config', '.mcp.json', (name, key) => JSON.stringify({ mcpServers: { one: { command: 'npx', env: { [name]: key } } } }, null, 2)),
  text('editor settings', '.vscode/settings.json', (name, key) => `{ "terminal.integrated.env.linux": { "${name}": "${key}" } }`),
  text('compose, list', 'docker-compose.yml', (name, key) => `services:\n  web:\n    environment:\n      - ${name}=${key}\n`),
  text('compose, map', 'compose.yaml', (name, key) => `services:\n  web:\n    environment:\n      ${name}: ${key}\n`),
  text('Dockerfile', 'Dockerfile', (name, key) => `FROM node:24\nENV ${name}=${key}\n`),
  text('CI file', '.github/workflows/ci.yml', (name, key) => `jobs:\n  a:\n    env:\n      ${name}: '${key}'\n`),
  text('Terraform', 'main.tfvars', (name, key) => `${name} = "${key}"\n`),
  text('TOML', 'config.toml', (name, key) => `[env]\n${name} = '${key}'\n`),
  text('shell', 'deploy.sh', (name, key) => `#!/bin/sh\nexport ${name}='${key}'\n`),
  text('Python', 'main.py', (name, key) => `import os\nos.environ["${name}"] = "${key}"\n`),
  text('notebook', 'try.ipynb', (name, key) => notebook([`%env ${name}=${key}\n`], [])),
  bytes('UTF-16', 'settings.txt', (name, key) => Buffer.from(`\ufeffA=1\r\n${name}=${key}\r\n`, 'utf16le')),
  bytes('gzip', 'backup.gz', (name, key, random) => gzipSync(`${words(random, 300)}\n${name}=${key}\n`)),
]

/** These are for keys that are known without a name. */
export const CARRIERS: readonly Carrier[] = [
  ...NAMED_CARRIERS,
  text('TypeScript', 'src/app.ts', (name, key) => `const ${camel(name)} = '${key}'\n`),
  text('minified bundle', 'dist/assets/index.js', (_, key, random) => `!function(){${'var a=1;'.repeat(500 + random.below(500))}x={k:"${key}"}}();`),
  text('source map', 'dist/app.js.map', (_, key) => JSON.stringify({ version: 3, sourcesContent: [`const k = "${key}";\n`] })),
  text('header on a command line', 'notes.md', (_, key) => `    curl -H "Authorization: Bearer ${key}" https://api.example\n`),
  text('log line', 'app.log', (_, key) => `2026-11-21T10:00:00Z info using key=${key} for 3 calls\n`),
  text('XML', 'app.config', (name, key) => `<add key="${name}" value="${key}"/>`),
  text('CSV', 'keys.csv', (name, key) => `id,name,value\n1,${name},${key}\n`),
  text('SQL dump', 'dump.sql', (name, key) => `INSERT INTO settings VALUES (1,'${name}','${key}');\n`),
  text('patch', 'fix.patch', (name, key) => `--- a/.env\n+++ b/.env\n@@ -1 +1 @@\n-${name}=\n+${name}=${key}\n`),
  text('output of a cell', 'out.ipynb', (_, key) => notebook(['print(key)\n'], [`key is ${key}\n`])),
  text('Kubernetes Secret', 'secret.yaml', (_, key) => `kind: Secret\ndata:\n  key: ${base64(key)}\n`),
  text('base64 of an .env', 'ci-variables.txt', (name, key, random) => base64(`${words(random, 20 + random.below(3))}\n${name}=${key}\nB=2\n`)),
  text(
    'base64, wrapped',
    'mail.txt',
    (name, key, random) => `${base64(`${words(random, 90 + random.below(3))}\n${name}="${key}"\n`).replace(/.{76}/g, '$&\n')}\n`,
  ),
  text('base64url', 'token.txt', (name, key) => Buffer.from(JSON.stringify({ [name]: key })).toString('base64url')),
  text('base64, twice', 'nested.txt', (name, key) => base64(JSON.stringify({ auth: base64(`user: ${key}`), more: `${name} ${key}` }))),
  text('Helm release', 'release.yaml', (_, key, random) => `data:\n  release: ${base64(gzipSync(`${words(random, 200)} key: ${key}\n`).toString('base64'))}\n`),
  text('percent-encoded, all of it', 'url.txt', (_, key) => `https://x.example/?k=${percent(key)}&n=1\n`),
  text('percent-encoded, as browsers do', 'access.log', (_, key) => `GET /?k=${encodeURIComponent(key)}&n=1 HTTP/1.1\n`),
  bytes('UTF-16, other order', 'export.reg', (_, key) => Buffer.from(`\ufeffkey="${key}"\r\n`, 'utf16le').swap16()),
  bytes('gzip in gzip', 'twice.gz', (name, key) => gzipSync(gzipSync(`${name}=${key}\n`))),
  bytes('tar', 'image/layer.tar', (name, key) => Buffer.concat([Buffer.alloc(512), Buffer.from(`${name}=${key}\n`), Buffer.alloc(500)])),
  bytes('sqlite', 'state.vscdb', (name, key) => Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(300), Buffer.from(`${name}\x01${key}\0`)])),
  text('at the end of a large file', 'large.txt', (_, key, random) => `${words(random, 1000)}\n`.repeat(1200) + key),
]

function notebook(source: readonly string[], outputs: readonly string[]): string {
  const cells = [
    { cell_type: 'markdown', source: ['# Notes\n'] },
    { cell_type: 'code', source, outputs: outputs.map((line) => ({ output_type: 'stream', text: [line] })) },
  ]
  return JSON.stringify({ nbformat: 4, cells }, null, 1)
}
