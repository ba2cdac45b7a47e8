/** `npm run planted`: every planted bug must be found, and the source as shipped must be clean under the same budget. */
import { parseArgs } from 'node:util'
import { huntAll, MUST_BE_FOUND, MUST_NEED_CHANCE, verdictOn, wordsFor } from './planting.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, full: { type: 'boolean', default: false }, only: { type: 'string' }, width: { type: 'string', default: '2' } },
})

const hunted = await huntAll({
  full: values.full,
  width: Number(values.width),
  ...(values.seeds === undefined ? {} : { seeds: Number(values.seeds) }),
  ...(values.only === undefined ? {} : { only: values.only.split(',') }),
  told: (one) => process.stdout.write(`${wordsFor(one)}\n`),
})
const verdict = verdictOn(hunted)
process.stdout.write(
  `\n${verdict.found} of ${verdict.planted} found (at least ${MUST_BE_FOUND}), ${verdict.byChance.length} by the random search alone (at least ${MUST_NEED_CHANCE}): ${verdict.byChance.join(', ')}\n`,
)
if (values.only === undefined) process.stdout.write(`the source as shipped is ${verdict.clean ? '' : 'NOT '}clean under the same budget\n`)
process.exitCode = verdict.good || values.only !== undefined ? 0 : 1
