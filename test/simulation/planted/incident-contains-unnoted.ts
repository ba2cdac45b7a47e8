import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'the near end is set before it is on record',
  edits: [
    {
      file: 'src/flow/contain.ts',
      find: "  await note(cx, id, cx.ws.clock.now() + deadman)\n  await tolerant(cx, id, () => setNear(cx, id, deadman), 'it lives until it is deleted')\n",
      replace: "  await tolerant(cx, id, () => setNear(cx, id, deadman), 'it lives until it is deleted')\n  await note(cx, id, cx.ws.clock.now() + deadman)\n",
    },
  ],
}
