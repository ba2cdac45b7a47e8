/** Preloaded: a library that has something to say on the console, in every way there is but the one for data. */
import process from 'node:process'

process.on('exit', () => {
  for (const way of ['debug', 'error', 'info', 'trace', 'warn']) console[way]('foreign words')
})
