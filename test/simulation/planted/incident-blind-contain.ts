import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'a near end is given to a leaked key although a target out of reach, which nobody gave up, lives on it',
  edits: [
    {
      file: 'src/flow/contain.ts',
      find: 'dependents: [...outOfReach(cx, one.key), ...(await elsewhere(cx, one))]',
      replace: 'dependents: await elsewhere(cx, one)',
    },
  ],
}
