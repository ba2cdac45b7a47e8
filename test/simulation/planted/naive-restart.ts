import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'lost record restarted naively: without a record the run under way is not seen, and the next one begins from what the first target holds',
  edits: [
    {
      file: 'src/flow/assess.ts',
      find: '  return fromWorld(ground)\n',
      replace: '  return settle(ground, Math.max(0, topHeldGeneration(ground)), ground.currents[0] ?? null)\n',
    },
  ],
}
