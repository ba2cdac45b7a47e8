/** Preloaded into keyrot by lazy.test.ts: writes the address of every module that loads, one per line. */
import { appendFileSync } from 'node:fs'
import module from 'node:module'

const out = process.env.KEYROT_TEST_LOADS

module.registerHooks({
  load: (url, context, next) => {
    appendFileSync(out, `${url}\n`)
    return next(url, context)
  },
})
