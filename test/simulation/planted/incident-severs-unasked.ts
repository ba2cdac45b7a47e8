import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'the deletion goes out first although nobody asked for it',
  edits: [
    { file: 'src/flow/rotation.ts', find: "once(severFirst ? 'sever' : 'contain')", replace: "once('sever')" },
    { file: 'src/flow/warrant-draw.ts', find: 'if (incident.severFirst) return', replace: 'if (incident !== undefined) return' },
    { file: 'src/flow/warrant-facts.ts', find: 'incident !== undefined && (incident.severFirst ||', replace: 'incident !== undefined && (true ||' },
  ],
}
