/** Takes away what the last build left, so that a command that was removed is gone from `dist` too. */
import { rmSync } from 'fs'

for (const left of ['dist', 'oclif.manifest.json']) rmSync(new URL('../' + left, import.meta.url), { recursive: true, force: true })
