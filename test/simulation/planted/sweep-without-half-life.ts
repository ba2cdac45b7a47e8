import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'sweep without the half-life rule: a key of ours that is not in use is deleted at any age',
  edits: [
    {
      file: 'src/domain/warrant.ts',
      find: '  if (facts.serverTime < halfLife(facts.createdAt, facts.expiresAt) + facts.listDelay) return null\n',
      replace: '',
    },
  ],
}
