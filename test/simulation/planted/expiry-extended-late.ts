import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'expiry extended late: the new key is put in use with its birth life and committed afterwards',
  edits: [
    { file: 'src/flow/rotation.ts', find: "    once('commit'),\n    ...(direction", replace: '    ...(direction' },
    { file: 'src/flow/rotation.ts', find: "    once('drain'),\n", replace: "    once('commit'),\n    once('drain'),\n" },
  ],
}
