import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'the leaked key is deleted before its successor is promoted, and no warrant stands in the way',
  edits: [
    {
      file: 'src/flow/rotation.ts',
      find: "(severFirst ? [once('retire'), ...deliver] : [...deliver, once('retire')])",
      replace: "[once('retire'), ...deliver]",
    },
    { file: 'src/domain/warrant.ts', find: 'const complete = items.every(', replace: 'const complete = true || items.every(' },
  ],
}
