import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'no soak: the overlap is counted from the birth of the new key, whatever was promoted since',
  edits: [
    {
      file: 'src/flow/drain.ts',
      find: 'return known || times.length > 0 || born !== undefined ? Math.max(...times, born ?? 0) : null',
      replace: 'return known || times.length > 0 || born !== undefined ? (born ?? Math.min(...times)) : null',
    },
  ],
}
