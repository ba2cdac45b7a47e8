import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'a near end stays where it is when the run parks',
  edits: [{ file: 'src/engine/aftermath.ts', find: '  await release({ ws, credential, book, facts, findings })\n', replace: '' }],
}
