import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'adopt a dead staged key: a value at hand is used whether its key lives or not',
  edits: [
    {
      file: 'src/flow/mint.ts',
      find: "return isDead(cx, key) || isSpent(cx, key) ? needed('the key of this generation ends too soon or is gone') : satisfied('its value is at hand')",
      replace: "return satisfied('its value is at hand')",
    },
  ],
}
