import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'a near end is given to a leaked key that another credential lives on',
  edits: [{ file: 'src/flow/contain.ts', find: 'dependents: [...unnamed(cx), ...(await elsewhere(cx, one))]', replace: 'dependents: unnamed(cx)' }],
}
