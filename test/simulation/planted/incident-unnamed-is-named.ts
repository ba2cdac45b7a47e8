import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: 'a target that fails without having been named does not stand against the deletion',
  edits: [
    {
      file: 'src/flow/warrant-facts.ts',
      find: 'return cx.debts.filter((name) => !named.includes(name)).map(',
      replace: "return cx.debts.filter((name) => named.includes('') && !named.includes(name)).map(",
    },
    { file: 'src/flow/warrant-draw.ts', find: 'if (unnamed.length > 0) return stopped(', replace: 'if (unnamed.length > 99) return stopped(' },
  ],
}
