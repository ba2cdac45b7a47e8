import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'a leaked key is deleted under another credential that lives on it',
  edits: [{ file: 'src/flow/retire.ts', find: 'if (references.holders.length > 0) {', replace: 'if (references.holders.length > 0 && !isLeaked(cx, key)) {' }],
}
