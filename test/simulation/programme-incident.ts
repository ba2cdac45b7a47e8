/**
 * What is searched of the incident plan: what a leak can meet, how many faults strike it, and the slice of it that CI repeats.
 *
 * Two faults, each at every effect: over all four shipped targets, in both of their faces, a plain leak, one severed first, and one with a
 * target down, named or not; over two targets, which are enough for some to have the new key and some the old, every other circumstance
 * and every phase of a rotation that the leak can meet, for AWS with Vercel, a file with Vercel sensitive, and Kubernetes with Kubernetes
 * under a reloader. With the record kept, lost with each death, and lost with each call.
 *
 * One fault: every circumstance, and writes that fail for a while, and every phase over all four in both faces; every mix of abstract
 * targets with one that can be read. There the record may be damaged, too; no engine tells that from a lost one.
 *
 * Left out is what is known already: a death after an effect is one before the next, a lost line of the journal changes nothing, and an
 * invocation that begins as another began goes on as that did (passage.ts).
 */
import { mixes } from './exhaustive.ts'
import type { Fate } from './faults.ts'
import type { IncidentScript } from './incident.ts'
import { fallsOf, LEAK, phasesOf, quick } from './incident-moments.ts'
import type { ExploreJob } from './jobs.ts'
import { jobsFor, PLAIN, SHIPPED } from './pieces.ts'
import { anyReads, type Kind } from './profiles.ts'
import type { Scenario } from './schedule.ts'

type Variant = (plain: Scenario) => Scenario
type Variants = Readonly<Record<string, Variant>>

const told =
  (more: Partial<IncidentScript>): Variant =>
  (plain) => ({ ...plain, incident: { ...LEAK, ...more } })

/** Two of what people have, each face once: one that keeps the old key beside the new one, and one that does not, or keeps it by labels. */
const PAIRS: readonly (readonly Kind[])[] = [
  ['aws', 'vercel'],
  ['dotenv', 'sensitive'],
  ['kubernetes', 'reloader'],
]

/** What an incident meets first of all. */
const MAIN: Variants = {
  plain: told({}),
  sever: told({ severFirst: true }),
  'down-named': told({ down: { target: 1, from: 0, named: true } }),
  'down-unnamed': told({ down: { target: 1, from: 0, named: false } }),
}

/** What else it can meet, one thing at a time. */
const OTHER: Variants = {
  unsaid: told({ leaked: 'unsaid' }),
  vanishes: told({ vanishes: true }),
  'vanishes-down': told({ vanishes: true, down: { target: 1, from: 0, named: false } }),
  forgotten: told({ forgotten: true }),
  bare: (plain) => told({})({ ...plain, fallbacks: plain.kinds.map(() => false) }),
  shared: (plain) => told({})({ ...plain, start: 'shared-key' }),
}

/** What is a series of failures by itself: one fault more is enough. */
const FAILING: Variants = { 'no-writes': told({ noWrites: true }) }

/** One world, with what can only be said of it: when a target falls, and where a leak meets its rotation. */
interface Ground {
  readonly kinds: readonly Kind[]
  readonly falls: Variants
  readonly open: Variants
}

async function groundOf(kinds: readonly Kind[]): Promise<Ground> {
  const falls = (await fallsOf(kinds)).map((from, at): [string, Variant] => {
    // Of two, the one that keeps no old key: where the other falls and the record is lost, nothing in reach knows the leaked key.
    const down = { target: kinds.length === 2 ? 1 : at % kinds.length, from, named: at === 3 }
    return [`falls-${at + 1}`, told({ down })]
  })
  const open = (await phasesOf(kinds)).flatMap(({ name, after, held }) => {
    const which = (['a', 'b', 'unsaid'] as const).filter((leaked) => (leaked === 'b' ? held : leaked === 'a' || name.startsWith('noted')))
    return which.map((leaked): [string, Variant] => [`open-${leaked}-${name}`, told({ leaked, after })])
  })
  return { kinds, falls: Object.fromEntries(falls), open: Object.fromEntries(open) }
}

const FOUR = await Promise.all(SHIPPED.map(groundOf))
const TWO = await Promise.all(PAIRS.map(groundOf))

/** Where a record is lost: not at all, with each death, or with each call. */
const LOST: readonly Fate[] = ['kept', 'lost', 'lost-each-tick']

export function incidentJobs(): ExploreJob[] {
  const readable = mixes().filter((kinds) => anyReads(kinds, 'value'))
  const two = [
    ...TWO.flatMap(({ kinds, falls, open }) => jobsOf(2, { ...OTHER, ...falls, ...open }, kinds)),
    ...FOUR.flatMap(({ kinds }) => jobsOf(2, MAIN, kinds)),
  ].filter(({ scenario }) => LOST.includes(scenario.fate))
  const one = [
    ...FOUR.flatMap(({ kinds, falls }) => jobsOf(1, { ...MAIN, ...OTHER, ...FAILING, ...falls }, kinds)),
    ...FOUR.flatMap(({ kinds, open }) => jobsOf(1, open, kinds)),
    ...readable.flatMap((kinds) => jobsOf(1, { plain: told({}) }, kinds)),
  ]
  return [...two, ...one]
}

/** What CI repeats of it: one fault in every circumstance over every shipped adapter, and at two phases of an open run; a leak at every phase. */
export function incidentSlice(): ExploreJob[] {
  return FOUR.filter(({ kinds }) => kinds === PLAIN).flatMap(({ kinds, falls, open }) => {
    const phases = Object.entries(open)
    const some = [phases.findLast(([name]) => name.startsWith('open-b-wrote')), phases.findLast(([name]) => name.startsWith('open-unsaid-noted'))]
    return [
      ...jobsOf(1, { ...MAIN, ...OTHER, ...FAILING, ...falls }, kinds),
      ...jobsOf(1, Object.fromEntries(some.filter((one) => one !== undefined)), kinds),
      ...jobsOf(0, open, kinds),
    ]
  })
}

function jobsOf(depth: number, variants: Variants, kinds: readonly Kind[]): ExploreJob[] {
  return Object.entries(variants).flatMap(([name, make]) =>
    jobsFor(`incident-${depth}-${name}`, depth, (plain) => make(quick(plain)), [kinds]).map((job) => ({ ...job, distinct: true })),
  )
}
