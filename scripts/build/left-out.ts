/**
 * What oclif loads at every start for things that keyrot never does: it searches no folders for commands or plugins and reads
 * no rc files (src/cli/plugin.ts), and debug output is off for good (decision 0011).
 */
import type { Plugin } from 'rolldown'

const MARK = '\0left-out:'

const NEVER = 'throw new Error("left out of the bundle")'

/** The least that oclif asks of each module when it is loaded, and that answers loudly if it is ever asked for more. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  debug: 'module.exports = () => Object.assign(() => undefined, { enabled: false })',
  lilconfig: `exports.lilconfig = () => { ${NEVER} }`,
  minimatch: `exports.minimatch = () => { ${NEVER} }`,
  tinyglobby: `exports.glob = () => { ${NEVER} }`,
}

/** The rolldown plugin. Others than oclif get the real packages, if they ask for them. */
export function leftOut(): Plugin {
  return {
    name: 'left-out',
    resolveId: {
      filter: { id: new RegExp(`^(?:${Object.keys(LEFT_OUT).join('|')})$`) },
      handler: (id, importer) => (importer?.includes('/@oclif/core/') === true ? MARK + id : null),
    },
    load: {
      // oxlint-disable-next-line no-control-regex -- the mark of ids that are no files
      filter: { id: /^\0left-out:/ },
      handler: (id) => ({ code: LEFT_OUT[id.slice(MARK.length)] ?? NEVER, moduleType: 'js' }),
    },
  }
}
