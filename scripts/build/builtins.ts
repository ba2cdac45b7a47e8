/**
 * How the bundle reaches Node's own modules: by `process.getBuiltinModule` instead of `import`.
 *
 * An `import` of a built-in makes Node read every one of its exports once, the lazy ones too: `node:http` so loads the whole
 * of undici, `node:fs` its streams. That is a fifth of the start of a command that asks no network.
 * (lib/internal/bootstrap/realm.js: `getESMFacade` calls `syncExports`.)
 */
import { builtinModules } from 'node:module'
import type { Plugin } from 'rolldown'

const MARK = '\0node:'

/** Costly ones that many commands name and few use: these are loaded when one of their exports is first read. */
const ON_USE = new Set(['child_process', 'crypto', 'dns', 'http', 'http2', 'https', 'net', 'tls', 'v8', 'zlib'])

/** Whether a module of the bundle stands for a built-in. */
export function isBuiltin(id: string): boolean {
  return id.startsWith(MARK)
}

/** The rolldown plugin. Modules that `require` a built-in are left as they are: that reads no exports. */
export function builtins(): Plugin {
  return {
    name: 'builtins',
    resolveId: {
      filter: { id: /^[a-z]+:?[a-z_0-9/]+$/ },
      handler(id, importer, { kind }) {
        const name = id.replace(/^node:/, '')
        if (kind === 'require-call' || importer === undefined || !builtinModules.includes(name) || importer.includes('rolldown/runtime')) return null
        return MARK + name
      },
    },
    load: {
      // oxlint-disable-next-line no-control-regex -- the mark of ids that are no files
      filter: { id: /^\0node:/ },
      handler(id) {
        const name = id.slice(MARK.length)
        return { code: ON_USE.has(name) ? onUse(name) : `module.exports = process.getBuiltinModule(${JSON.stringify(name)})`, moduleType: 'js' }
      },
    },
  }
}

/** A CommonJS module with the built-in's exports as getters. Names are this Node's: one that another Node lacks is undefined there, as it would be. */
function onUse(name: string): string {
  const names = Object.keys(process.getBuiltinModule(name) as object)
  return [
    `const real = () => process.getBuiltinModule(${JSON.stringify(name)})`,
    `for (const name of ${JSON.stringify(names.join(' '))}.split(' ')) Object.defineProperty(exports, name, { enumerable: true, get: () => real()[name] })`,
  ].join('\n')
}
