import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'intent after effect: the create goes out before its name is on record',
  edits: [
    {
      file: 'src/flow/mint.ts',
      find: '  await intend(cx, attempt, name)\n  const minted = await cx.credential.provider.mint?.(name, birthLife(cx))\n',
      replace: '  const minted = await cx.credential.provider.mint?.(name, birthLife(cx))\n  await intend(cx, attempt, name)\n',
    },
  ],
}
