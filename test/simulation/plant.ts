/** Planting a bug in a temporary copy of the shipped source, and hunting it there with the generators as they are. */
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Hunts } from './hunt.ts'
import type { PlantedBug } from './planted/bug.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface NamedBug extends PlantedBug {
  readonly name: string
}

export interface HuntBudget {
  readonly seeds: number
  /** Every placement of up to two faults instead of the slice. */
  readonly full: boolean
}

type Ground = 'rotations' | 'incidents' | 'both'

/** All planted bugs, by the names of their files. */
export async function plantedBugs(): Promise<NamedBug[]> {
  const folder = new URL('./planted/', import.meta.url)
  const names = (await readdir(folder)).filter((file) => file.endsWith('.ts') && file !== 'bug.ts').map((file) => file.slice(0, -3))
  const load = async (name: string): Promise<NamedBug> => ({ name, ...((await import(new URL(`${name}.ts`, folder).href)) as { bug: PlantedBug }).bug })
  return Promise.all(names.toSorted().map(load))
}

/** Copies the source, changes the copy, hunts in it with a process of its own, and takes the copy away. `null`: nothing is planted. */
export async function huntWith(bug: PlantedBug | null, budget: HuntBudget): Promise<Hunts> {
  const copy = await mkdtemp(join(tmpdir(), 'keyrot-planted-'))
  try {
    await cp(join(ROOT, 'src'), join(copy, 'src'), { recursive: true })
    await cp(join(ROOT, 'test/simulation'), join(copy, 'test/simulation'), { recursive: true })
    await writeFile(join(copy, 'package.json'), '{ "type": "module" }\n')
    if (bug !== null) for (const [file, text] of await patched(bug, copy)) await writeFile(join(copy, file), text)
    return await runHunt(copy, budget, bug === null ? 'both' : (bug.in ?? 'rotations'))
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

/** The files that a bug changes, as they read with it planted. Fails where a text is not found exactly once. */
export async function patched(bug: PlantedBug, root = ROOT): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const { file, find, replace } of bug.edits) {
    const parts = (files.get(file) ?? (await readFile(join(root, file), 'utf8'))).split(find)
    if (parts.length !== 2) throw new Error(`the planted bug does not apply: ${file} holds its text ${parts.length - 1} times:\n${find}`)
    files.set(file, parts.join(replace))
  }
  return files
}

function runHunt(copy: string, budget: HuntBudget, ground: Ground): Promise<Hunts> {
  const args = [join(copy, 'test/simulation/hunt.ts'), '--in', ground, '--seeds', String(budget.seeds), ...(budget.full ? ['--full'] : [])]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(out) as Hunts) : reject(new Error(`the hunt ended with ${code}: ${err.slice(-2000)}`))))
  })
}
