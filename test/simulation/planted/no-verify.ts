import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'no verify: the new key is promoted without having answered a live call',
  edits: [
    { file: 'src/flow/verify.ts', find: "return needed('not proven in this invocation')", replace: "return satisfied('it will be fine')" },
    { file: 'src/flow/deliver.ts', find: 'if (!isFresh(cx)) {', replace: 'if (false) {' },
  ],
}
