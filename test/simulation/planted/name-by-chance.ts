import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'name not derived from the run: each create draws its attempt number by chance',
  edits: [
    {
      file: 'src/flow/mint.ts',
      find: "  if (await waitOutUnseen(cx)) return reconsider('an earlier create has been waited out')\n  const name = formatKeyName({",
      replace: "  if (await waitOutUnseen(cx)) return reconsider('an earlier create has been waited out')\n  const name = cx.ws.ids.token(8) + formatKeyName({",
    },
  ],
}
