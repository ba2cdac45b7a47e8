/** Every finding: a world that has it, a twin that does not, and its mend, carried out. All by the shipped command against the sandbox. */
import { describe, expect, it } from 'vitest'
import { FINDINGS } from '../../src/audit/findings.ts'
import { Scene } from './scene.ts'
import { WORLDS } from './worlds.ts'

async function within(work: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await Scene.open()
  try {
    await work(scene)
  } finally {
    await scene.close()
  }
}

describe('findings', () => {
  it('of every code of the table have a world', () => {
    expect(WORLDS.map(({ code }) => code).toSorted()).toEqual(FINDINGS.map(({ code }) => code).toSorted())
  })

  it('are none where nothing is wrong', () =>
    within(async (scene) => {
      const { code, findings, report } = await scene.status(['--fail-on', 'info'])
      expect(findings).toEqual([])
      expect([code, report['complete']]).toEqual([0, true])
    }))

  it.concurrent.each(WORLDS)(
    '$code',
    async (world) => {
      const kind = FINDINGS.find(({ code }) => code === world.code)
      await within(async (scene) => {
        await world.make(scene, false)
        expect((await scene.audit()).map(({ code }) => code)).not.toContain(world.code)
      })
      await within(async (scene) => {
        await world.make(scene, true)
        const found = await scene.status(['--fail-on', world.code])
        const finding = found.findings.find(({ code }) => code === world.code)
        expect(finding, JSON.stringify(found.findings)).toBeDefined()
        expect(found.code).toBe(4)
        expect(finding?.mend).toBe(kind?.mend.words.replaceAll('NAME', finding?.subject.split('/')[0] ?? ''))
        await world.mend(scene, finding!)
        const after = await scene.audit()
        expect(after.filter(({ code, severity }) => code === world.code || severity === 'error')).toEqual([])
      })
    },
    180_000,
  )
})
