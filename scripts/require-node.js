/**
 * First step of `npm test` and `npm run demo`. The dev dependency `node` puts a current Node first on the path of npm
 * scripts; where install scripts are off it could not put it there, and this says in one sentence what to do.
 */
import { readFileSync } from 'fs'
import { supportsNode } from '../bin/supported-node.js'

const range = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).engines.node

if (!supportsNode(range, process.version)) {
  process.stderr.write(
    'keyrot: this is Node ' +
      process.version +
      ' and keyrot needs ' +
      range +
      '; the newer Node this project carries was not set up, because npm install scripts are off here. ' +
      'Run `npm rebuild node --ignore-scripts=false` (npm 12 and later: `npm install-scripts approve node` first), then try again.\n',
  )
  process.exitCode = 2
}
