import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'a target that was left behind is no debt: the incident is over, exit 0',
  edits: [{ file: 'src/engine/ending.ts', find: "const debts = inIncident && end.is === 'through' ? debtsOf(cx) : null", replace: 'const debts = null' }],
}
