import type { PlantedBug } from './bug.ts'

export const bug: PlantedBug = {
  story: 'rollback without looking: a rollback overwrites a value that is neither the old key nor the new one',
  edits: [
    {
      file: 'src/flow/deliver.ts',
      find: "if (roles.current === 'foreign') return blocked(drift(cx, name, 'current', seen))",
      replace: "if (roles.current === 'foreign' && cx.direction === 'forward') return blocked(drift(cx, name, 'current', seen))",
    },
    {
      file: 'src/flow/deliver.ts',
      find: "if (rolesIn(cx, seen).current === 'foreign') return stopped(drift(cx, name, 'current', seen))",
      replace: "if (rolesIn(cx, seen).current === 'foreign' && cx.direction === 'forward') return stopped(drift(cx, name, 'current', seen))",
    },
    {
      file: 'src/flow/preflight.ts',
      find: "roles.current === 'foreign') return drift(",
      replace: "roles.current === 'foreign' && cx.direction === 'forward') return drift(",
    },
  ],
}
