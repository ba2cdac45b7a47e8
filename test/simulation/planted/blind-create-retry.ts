import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'blind create retry: a create whose answer was lost is sent again',
  edits: [
    {
      file: 'src/flow/mint.ts',
      find: 'const minted = await cx.credential.provider.mint?.(name, birthLife(cx))',
      replace: 'const minted = await cx.credential.provider.mint?.(name, birthLife(cx)).catch(() => cx.credential.provider.mint?.(name, birthLife(cx)))',
    },
  ],
}
