/** The table of every finding that `status` knows. A code is a promise: it is never renamed, never used for anything else. */
import type { FindingKind } from './finding.ts'
import { dueSoon, endsSoon, noExpiry, overdue } from './findings/age.ts'
import { adminKeyBroad, adminKeyEnds, adminKeyOld } from './findings/admin.ts'
import { orphan, revocationOutstanding } from './findings/alive.ts'
import { ownerIsPerson, ownerLeft } from './findings/owner.ts'
import { modelsOpen, noSpendAlert, noSpendLimit } from './findings/project.ts'
import { openRun, parkedRun, stateDamaged, stateMissing } from './findings/runs.ts'
import { productionElsewhere, sharedKey } from './findings/sharing.ts'
import { drift, fallbackLeft, unknownValue } from './findings/slots.ts'
import { cannotTell } from './findings/unclear.ts'
import { idle, neverUsed, oldKeyCalled } from './findings/use.ts'

/** In the order in which they are shown. */
export const FINDINGS: readonly FindingKind[] = [
  overdue,
  dueSoon,
  endsSoon,
  noExpiry,
  ownerIsPerson,
  ownerLeft,
  neverUsed,
  idle,
  oldKeyCalled,
  openRun,
  parkedRun,
  stateDamaged,
  stateMissing,
  revocationOutstanding,
  orphan,
  productionElsewhere,
  sharedKey,
  drift,
  unknownValue,
  fallbackLeft,
  noSpendLimit,
  noSpendAlert,
  modelsOpen,
  adminKeyOld,
  adminKeyEnds,
  adminKeyBroad,
  cannotTell,
]
