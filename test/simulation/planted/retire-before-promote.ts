import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'retire before promote: the old key is deleted as soon as the new one is committed, and no warrant stands in the way',
  edits: [
    { file: 'src/flow/rotation.ts', find: "    once('drain'),\n    once('retire'),\n", replace: '' },
    {
      file: 'src/flow/rotation.ts',
      find: "    once('commit'),\n    ...(direction",
      replace: "    once('commit'),\n    once('retire'),\n    once('drain'),\n    ...(direction",
    },
    { file: 'src/domain/warrant.ts', find: 'const complete = items.every(', replace: 'const complete = true || items.every(' },
  ],
}
