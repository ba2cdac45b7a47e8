/** `status` on a machine that kept nothing says what it says where the record is, but for a few fields that only the record knows. */
import { describe, expect, it } from 'vitest'
import { RECORD_ONLY } from '../../src/audit/record-only.ts'
import { gatherStatus } from '../../src/audit/status.ts'
import { FINDINGS } from '../../src/audit/findings.ts'
import { Scene } from './scene.ts'
import { WORLDS } from './worlds.ts'

/** A report as JSON has it, without the fields of the constant. */
function seen(report: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(report))
  const findings = (all: { code: string }[]): unknown => all.filter(({ code }) => !(RECORD_ONLY as readonly string[]).includes(code))
  for (const credential of copy.credentials) {
    for (const field of RECORD_ONLY) delete credential[field]
    credential.findings = findings(credential.findings)
  }
  return copy
}

/** Two looks at one moment: an end that is two days away must not be one day away at the second look. */
async function compare(make: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await Scene.open()
  try {
    await make(scene)
    scene.holdStill()
    const kept = await gatherStatus(await scene.workspace())
    await scene.forgetState()
    const lost = await gatherStatus(await scene.workspace())
    expect(seen(lost)).toEqual(seen(kept))
  } finally {
    await scene.close()
  }
}

describe('status without state', () => {
  it('lacks at most six fields, and the findings among them are the ones that the table says so of', () => {
    expect(RECORD_ONLY.length).toBeLessThanOrEqual(6)
    const codes = FINDINGS.filter(({ recordOnly }) => recordOnly === true).map(({ code }) => code)
    expect(RECORD_ONLY.filter((field) => codes.includes(field)).toSorted()).toEqual(codes.toSorted())
  })

  it.each(WORLDS)('is equal where $code is found', (world) => compare((scene) => world.make(scene, true)))

  it.each([1, 2])('is equal after rotation %i', (rotations) =>
    compare(async (scene) => {
      for (let done = 0; done < rotations; done++) await scene.type('keyrot rotate prod')
    }),
  )
})
