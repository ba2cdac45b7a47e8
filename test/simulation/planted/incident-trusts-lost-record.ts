import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'with the record gone, a near end that a list does not show yet is taken for none',
  edits: [{ file: 'src/flow/contain.ts', find: '(!cx.facts.recordKept || endsSoon(cx, key))', replace: 'endsSoon(cx, key)' }],
}
