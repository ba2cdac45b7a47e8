import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'no lock: runs go on without asking whether another one is at work',
  edits: [
    {
      file: 'src/engine/runs.ts',
      find: 'await ws.locks.acquire(lockNames(credential), ws.giveWay)',
      replace: '{ stillHeld: async () => true, release: async () => undefined }',
    },
  ],
}
