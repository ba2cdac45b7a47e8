/**
 * A slice of every call site × every fault, for one adapter that speaks with a server. The whole: `npm run bench:wire`.
 *
 * A call site is found by being reached: one that no site of the matrix describes fails the suite, and so does a method of the port that
 * no operation calls.
 */
import { stdout } from 'node:process'
import { beforeAll, describe, expect, it } from 'vitest'
import { everyNth, playMatrix, tell, type Report } from './matrix.ts'
import { methodsOf, PATIENCE, type AnySubject } from './subject.ts'

const STEP = 11

/** Registers the suite of one adapter. */
export function describeMatrix(subject: AnySubject): void {
  describe(`wire: ${subject.name}`, () => {
    let report: Report
    beforeAll(async () => {
      report = await playMatrix(subject, everyNth(STEP))
      for (const line of tell(report)) stdout.write(`${line}\n`)
    }, 300_000)

    it('takes every fault as it should, says nothing that it should not, and comes to the same end when repeated', () => {
      expect(report.defects).toEqual([])
    })

    it('goes well when nothing is in its way', () => {
      expect(report.courses.filter(({ problems }) => problems.length > 0).map(({ operation, problems }) => [operation.name, problems])).toEqual([])
    })

    it('reaches the call sites that are named, and no other', () => {
      expect([...new Set(report.courses.flatMap(({ unnamed }) => unnamed))]).toEqual([])
      expect(report.unreached).toEqual([])
    })

    it('has no method that no operation calls', async () => {
      const world = await subject.start()
      const adapter = (await world.connect(world.behind, PATIENCE)) as object
      await world.close()
      const covered = new Set<string>([...subject.silent, ...subject.operations.flatMap(({ covers }) => covers)])
      expect(methodsOf(adapter).filter((name) => !covered.has(name))).toEqual([])
    })

    it('met every place and nearly every fault in this slice', () => {
      const places = new Set(report.played.map(({ course, site, nth }) => `${course.operation.name} ${site.name} ${nth}`))
      expect(places.size).toBe(report.courses.flatMap(({ places }) => places).length)
      expect(new Set(report.played.map(({ fault }) => fault.name)).size).toBeGreaterThan(50)
    })
  })
}
