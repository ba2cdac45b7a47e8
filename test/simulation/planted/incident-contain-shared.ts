import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'a near end is given to a leaked key that another credential lives on',
  edits: [
    {
      file: 'src/flow/contain.ts',
      find: 'dependents: [...outOfReach(cx, one.key), ...(await elsewhere(cx, one))]',
      replace: 'dependents: outOfReach(cx, one.key)',
    },
  ],
}
