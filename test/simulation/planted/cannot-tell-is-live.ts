import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'cannot tell taken as live: a refusal inside the propagation window counts as an answer',
  edits: [
    {
      file: 'src/domain/verdict.ts',
      find: "if (round.propagating) return { is: 'cannot-tell', reason: 'propagating' }",
      replace: "if (round.propagating) return { is: 'live', notes: [] }",
    },
  ],
}
