/** Whose code the bundle holds, and the terms it is given under: their licences ask for it, and scanners read names and versions from it. */
import { readdirSync, readFileSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Licences that let their code be passed on in a bundle with no more than their text. Another one is for a person to judge. */
const KNOWN = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT', 'Unlicense'])

/** These need no copyright line of the author's, so a package may leave the text to others. */
const WITHOUT_TEXT = new Set(['Apache-2.0', 'Unlicense'])

interface Package {
  readonly name: string
  readonly version: string
  readonly license: string
  /** Its licence and notice files, or nothing. */
  readonly text: string
}

/** The page for the modules of a bundle. Throws for a licence that is not known, or that comes without its text. */
export function noticesOf(moduleIds: readonly string[]): string {
  const folders = new Set(moduleIds.filter((id) => id.includes('/node_modules/')).map((id) => folderOf(id)))
  const byName = new Map([...folders].map((folder) => read(folder)).map((found) => [`${found.name} ${found.version}`, found]))
  const packages = [...byName].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, found]) => found)
  const texts = Map.groupBy(packages, ({ text }) => text.replaceAll(/\s+/g, ' '))
  return [
    '# Third-party notices',
    '',
    'keyrot is shipped as a bundle. It holds code of the packages below, each under its own licence.',
    '',
    '| package | version | licence |',
    '| --- | --- | --- |',
    ...packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`),
    ...[...texts.values()].filter(([first]) => first?.text !== '').flatMap(section),
    '',
  ].join('\n')
}

function section(packages: readonly Package[]): string[] {
  const text = packages[0]?.text ?? ''
  return ['', `## ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}`, '', '```', text, '```']
}

function folderOf(module: string): string {
  for (let folder = dirname(module); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    // Folders inside a package may say what kind of modules they hold, and no more.
    if (existsSync(file) && 'version' in (JSON.parse(readFileSync(file, 'utf8')) as object)) return folder
    if (dirname(folder) === folder) throw new Error(`${module} is in no package`)
  }
}

function read(folder: string): Package {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<'name' | 'version', string> & {
    license?: unknown
  }
  const files = readdirSync(folder).filter((file) => /^(?:licen[sc]e|copying|notice)(?:[-.].*)?$/i.test(file))
  const text = files
    .toSorted()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').replaceAll('```', "'''").trim())
    .join('\n\n')
  if (typeof license !== 'string' || !KNOWN.has(license)) throw new Error(`${name} ${version}: nobody has judged its licence, ${JSON.stringify(license)}`)
  if (text === '' && !WITHOUT_TEXT.has(license)) throw new Error(`${name} ${version}: its licence asks for a text that the package does not hold`)
  return { name, version, license, text }
}
