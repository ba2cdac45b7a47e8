import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'service account deleted with a live sibling: nobody looks for other keys on the account',
  edits: [{ file: 'src/flow/ladder.ts', find: 'return siblings.length === 0 && (await', replace: 'return siblings.length >= 0 && (await' }],
}
