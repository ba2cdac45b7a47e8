/**
 * Preloaded into keyrot by loads.ts: writes the address of every module that loads, one per line, and at the end the built-in
 * modules that came after the start, as `node:NAME`.
 */
import { appendFileSync } from 'node:fs'
import module from 'node:module'

const out = process.env.KEYROT_TEST_LOADS
const before = new Set(process.moduleLoadList)

module.registerHooks({
  load: (url, context, next) => {
    appendFileSync(out, `${url}\n`)
    return next(url, context)
  },
})

process.on('exit', () => {
  const later = process.moduleLoadList.filter((name) => !before.has(name) && name.startsWith('NativeModule '))
  appendFileSync(out, later.map((name) => `node:${name.slice('NativeModule '.length)}\n`).join(''))
})
