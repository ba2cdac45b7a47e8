import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'a leaked successor of an open run is promoted all the same',
  edits: [{ file: 'src/flow/turn.ts', find: '(isLeaked(note.key) ? { ...note, abandoned: true } : note)', replace: 'note' }],
}
