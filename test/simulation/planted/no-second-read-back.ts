import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'no second read-back: what the record calls promoted is taken to have stayed so',
  edits: [
    { file: 'src/flow/context.ts', find: "(role === 'unknown' && receiptHolds(cx, name, seen))", replace: 'receiptHolds(cx, name, seen)' },
    { file: 'src/flow/context.ts', find: 'seen.since === null || note.since === undefined || seen.since === note.since', replace: 'true' },
  ],
}
