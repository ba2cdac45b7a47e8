import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'no near end is ever given: keyrot vanishes, and the leaked key lives on',
  edits: [
    {
      file: 'src/flow/contain.ts',
      find: '  return all.some((one) => isOpen(cx, one)) ? needed(',
      replace: '  return all.some((one) => one.dependents.length > 0) ? needed(',
    },
  ],
}
