import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'no soak: the overlap is over as soon as it begins',
  edits: [{ file: 'src/flow/drain.ts', find: 'return from === null ? null : from + cx.credential.policy.overlap', replace: 'return from' }],
}
