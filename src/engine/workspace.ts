export type { BoundCredential, BoundTarget, RunOptions, Workspace } from '../ports/workspace.ts'
