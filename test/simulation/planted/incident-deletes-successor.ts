import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  in: 'incidents',
  story: "the open run's own key is counted among those that leave, and deleted where it has just been put",
  edits: [
    {
      file: 'src/flow/context.ts',
      find: '  const found = [...(first === null ? [] : [first]), ...cx.roles.older]\n  return found.filter((key) => sameKey(key, cx.roles.a) || wasCommitted(cx, key) || isLeaked(cx, key))\n',
      replace:
        '  const found = [...(first === null ? [] : [first]), ...cx.roles.older, ...(cx.book.run.incident !== undefined && cx.roles.b !== null ? [cx.roles.b] : [])]\n  return found.filter((key) => sameKey(key, cx.roles.a) || wasCommitted(cx, key) || isLeaked(cx, key))\n',
    },
  ],
}
