import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scan } from '../../src/adapters/targets/dotenv-scan.ts'
import { editVariables, hasRivalLine, readVariable } from '../../src/adapters/targets/dotenv-text.ts'
import { KeyrotError } from '../../src/domain/errors.ts'

const NAME = 'OPENAI_API_KEY'
const FALLBACK = 'OPENAI_API_KEY_FALLBACK'
/** Fixed, so that a run repeats; change it to look elsewhere. */
const SEED = 20_260

/** What a program gets, by the one expression that dotenv 15–17 publishes for a line of its format. The referee: shares nothing with the scanner. */
function referee(source: string): Map<string, string> {
  const blank = String.raw`\s*`
  const quoted = ["'", '"', '`'].map((mark) => `${blank}${mark}(?:\\\\${mark}|[^${mark}])*${mark}`)
  const line = new RegExp(`^${blank}(?:export\\s+)?([\\w.-]+)(?:${blank}=\\s*?|:\\s+?)(${quoted.join('|')}|[^#\\r\\n]+)?${blank}(?:#.*)?$`, 'gm')
  const found = new Map<string, string>()
  for (const [, name = '', raw = ''] of source.replace(/\r\n?/g, '\n').matchAll(line)) {
    const trimmed = raw.trim()
    const bare = trimmed.replace(/^(['"`])([\s\S]*)\1$/gm, '$2')
    found.set(name, trimmed.startsWith('"') ? bare.replace(/\\n/g, '\n').replace(/\\r/g, '\r') : bare)
  }
  return found
}

const scanned = (text: string): Map<string, string> => new Map(scan(text).map((entry) => [entry.name, entry.value]))

function readsAlike(text: string): void {
  expect(scanned(text)).toEqual(referee(text))
}

const name = fc.constantFrom('A', 'B_1', 'c.d', 'x-y', 'export', 'DATABASE_URL', `${NAME}2`, `X${NAME}`)
const gap = fc.constantFrom('', '', ' ', '\t', '  ')
const word = fc.constantFrom('', 'one', 'two words', 'a=b', 'p#q', '$HOME', String.raw`a\nb`, 'ü€😀', "it's", 'say "hi"', 'tick`s', String.raw`\"`, '{"a": 1}')
const plain = fc.stringMatching(/^[A-Za-z0-9_.-]{1,24}$/)
const quote = fc.constantFrom("'", '"', '`')
const valueText = fc.oneof(
  plain,
  word,
  fc.tuple(quote, word).map(([mark, text]) => mark + text + mark),
  fc.tuple(quote, word, fc.constantFrom('\n', '\r\n', '\n\n# no comment\n'), word).map(([mark, a, nl, b]) => mark + a + nl + b + mark),
  fc.tuple(quote, word).map(([mark, text]) => mark + text),
)
const comment = fc.constantFrom('', '', '', ' # note', '#tight', ' # "quoted" note', " # it's")
const lineOf = (names: fc.Arbitrary<string>, values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(gap, fc.constantFrom('', '', 'export ', 'export  '), names, gap, fc.constantFrom('=', '=', '=', ': '), gap, values, comment)
    .map((parts) => parts.join(''))
const strange = fc.constantFrom(
  '',
  '',
  '   ',
  '# a comment',
  '#OPENAI_API_KEY=no',
  'no assignment here',
  '=',
  'export',
  'FOO:',
  'FOO\n=later',
  'BAR=\n"next line"',
  "'",
  '---',
)
const ending = fc.constantFrom('\n', '\n', '\r\n', '\r', '\n\n')

function fileOf(line: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom('', '', '\uFEFF'), fc.array(fc.tuple(line, ending), { maxLength: 8 }), fc.boolean())
    .map(([bom, lines, cut]) => bom + (cut ? lines.flat().slice(0, -1) : lines.flat()).join(''))
}
const foreignLine = fc.oneof(lineOf(name, valueText), strange)
const anyFile = fileOf(fc.oneof({ weight: 3, arbitrary: foreignLine }, { weight: 1, arbitrary: lineOf(fc.constantFrom(NAME, FALLBACK), valueText) }))
const noise = fc.string({
  unit: fc.constantFrom('A', 'A="', '\\"\n', 'b', '=', ':', ' ', '\n', '\r', '"', "'", '`', '\\', '#', 'export ', '\t', '\u00A0', '\uFEFF', '-', '\u2028'),
  maxLength: 40,
})

/** The edit, or `null` where it was refused as unclear. */
function tryEdit(...given: Parameters<typeof editVariables>): string | null {
  try {
    return editVariables(...given)
  } catch (error) {
    if (error instanceof KeyrotError && error.code === 'KR_DOTENV_UNCLEAR') return null
    throw error
  }
}

describe('reading a .env text', () => {
  it('gives what dotenv gives, on files from a grammar', () => {
    fc.assert(fc.property(anyFile, readsAlike), { numRuns: 3000, seed: SEED })
  })

  it('gives what dotenv gives, on noise made of the characters that matter', () => {
    // a line separator inside an odd value is where dotenv itself strips quotes line by line: left out of the values, not of the layout
    const usual = noise.filter((text) => ![...referee(text).values()].some((value) => value.includes('\u2028')))
    fc.assert(fc.property(usual, readsAlike), { numRuns: 20000, seed: SEED })
  })

  it('closes a quote that only escaped quotes could close at the last of them', () => {
    const text = 'A="x\\"\ny\\"\nB=1\n'
    expect(scanned(text)).toEqual(referee(text))
    expect(scanned(text).get('A')).toBe('x\\"\ny\\')
  })

  it('stays linear where the expression does not: a hundred thousand blank lines, of quotes, of half-assignments', () => {
    for (const piece of ['\n', "A='\n", 'A="\\"x\n', 'A\n', 'A=\n', '\\"', 'export ']) expect(scan(piece.repeat(100_000)).length).toBeGreaterThanOrEqual(0)
  })
})

describe('editing a .env text', () => {
  const fresh = fc.constantFrom('sk-new_1.a', 'B', '0', '-')

  it('is read back, repeats without effect, and is hardly ever refused', () => {
    let refused = 0
    let runs = 0
    fc.assert(
      fc.property(anyFile, fresh, fc.option(fresh), (text, current, fallback) => {
        runs += 1
        const changes = [
          { name: NAME, value: current },
          { name: FALLBACK, value: fallback, below: NAME },
        ]
        const edited = tryEdit(text, changes)
        if (edited === null) return void (refused += 1)
        expect(referee(edited).get(NAME)).toBe(current)
        expect(referee(edited).get(FALLBACK) || null).toBe(fallback)
        expect(editVariables(edited, changes)).toBe(edited)
      }),
      { numRuns: 3000, seed: SEED },
    )
    expect(refused / runs).toBeLessThan(0.1)
  })

  it('leaves every other byte: the lines without our names are the same characters in the same order', () => {
    const own = lineOf(
      fc.constantFrom(NAME, FALLBACK),
      fc.oneof(
        plain,
        plain.map((text) => `"${text}"`),
      ),
    )
    fc.assert(
      fc.property(fileOf(fc.oneof(foreignLine, own)), fresh, (text, value) => {
        const edited = tryEdit(text, [{ name: NAME, value }])
        if (edited === null) return
        const isThere = scan(text).some((entry) => entry.name === NAME)
        if (isThere) expect(without(edited, NAME)).toBe(without(text, NAME))
        if (isThere) return
        expect(edited.slice(0, text.length)).toBe(text)
        expect(
          edited
            .slice(text.length)
            .split(/\r\n|\r|\n/)
            .filter(Boolean),
        ).toEqual([`${NAME}=${value}`])
      }),
      { numRuns: 3000, seed: SEED },
    )
  })

  it('restores the very bytes when a fallback that was not there is staged and cleared', () => {
    fc.assert(
      fc.property(
        anyFile.filter((text) => !scan(text).some((entry) => entry.name === FALLBACK)),
        fresh,
        (text, value) => {
          const staged = tryEdit(text, [{ name: FALLBACK, value, below: NAME }])
          if (staged !== null) expect(editVariables(staged, [{ name: FALLBACK, value: null, below: NAME }])).toBe(text)
        },
      ),
      { numRuns: 3000, seed: SEED },
    )
  })

  it('restores the very bytes when a promotion is taken back', () => {
    const withKey = fc
      .tuple(anyFile, lineOf(fc.constant(NAME), fc.constantFrom('sk-old', '"sk-old"', "'sk-old'")), ending, anyFile)
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(withKey, (text) => {
        if (readVariable(text, NAME) !== 'sk-old') return
        const promoted = tryEdit(text, [
          { name: NAME, value: 'sk-new' },
          { name: FALLBACK, value: 'sk-old', below: NAME },
        ])
        if (promoted === null || scan(text).some((entry) => entry.name === FALLBACK)) return
        const back = [
          { name: NAME, value: 'sk-old' },
          { name: FALLBACK, value: null, below: NAME },
        ]
        expect(editVariables(promoted, back)).toBe(text)
      }),
      { numRuns: 3000, seed: SEED },
    )
  })
})

function without(text: string, wanted: string): string {
  return scan(text)
    .filter((entry) => entry.name === wanted)
    .reduceRight((rest, entry) => rest.slice(0, entry.from) + rest.slice(entry.to), text)
}

const set = (text: string, value: string | null): string => editVariables(text, [{ name: NAME, value }])
const stage = (text: string, value: string | null): string => editVariables(text, [{ name: FALLBACK, value, below: NAME }])

describe('the cases people meet', () => {
  it.each([
    ['plain', `A=1\n${NAME}=old\nB=2\n`, `A=1\n${NAME}=new\nB=2\n`],
    ['double quotes', `${NAME}="old"\n`, `${NAME}="new"\n`],
    ['single quotes and a comment', `${NAME}='old'  # mine\n`, `${NAME}='new'  # mine\n`],
    ['backticks', `${NAME}=\`old\``, `${NAME}=\`new\``],
    ['export and blanks', `  export ${NAME} = old \t\n`, `  export ${NAME} = new \t\n`],
    ['CRLF', `A=1\r\n${NAME}=old\r\nB=2\r\n`, `A=1\r\n${NAME}=new\r\nB=2\r\n`],
    ['byte order mark', `\uFEFF${NAME}=old\n`, `\uFEFF${NAME}=new\n`],
    ['no final newline', `A=1\n${NAME}=old`, `A=1\n${NAME}=new`],
    ['tight comment', `${NAME}=old#c\n`, `${NAME}=new#c\n`],
    ['colon', `${NAME}: old\n`, `${NAME}: new\n`],
    ['empty line to fill', `${NAME}=\nA=1\n`, `${NAME}=new\nA=1\n`],
    ['the name inside a multi-line value', `CERT="x\n${NAME}=no\n"\n${NAME}=old\n`, `CERT="x\n${NAME}=no\n"\n${NAME}=new\n`],
    ['a name that only begins alike', `${NAME}2=x\nX${NAME}=y\n${NAME}=old\n`, `${NAME}2=x\nX${NAME}=y\n${NAME}=new\n`],
    ['a commented line', `# ${NAME}=old\n${NAME}=old\n`, `# ${NAME}=old\n${NAME}=new\n`],
    ['duplicates with the same value', `${NAME}=old\nA=1\n${NAME}='old'\n`, `${NAME}=new\nA=1\n${NAME}='new'\n`],
    ['an earlier duplicate with another value', `${NAME}=other\n${NAME}=old\n`, `${NAME}=other\n${NAME}=new\n`],
    ['not there', 'A=1\n', `A=1\n${NAME}=new\n`],
    ['not there, no final newline', 'A=1', `A=1\n${NAME}=new`],
    ['not there, CRLF', 'A=1\r\n', `A=1\r\n${NAME}=new\r\n`],
    ['an empty file', '', `${NAME}=new\n`],
  ])('sets: %s', (_case, text, wanted) => {
    expect(set(text, 'new')).toBe(wanted)
  })

  it.each([
    ['below the key', `${NAME}=a\nB=2\n`, `${NAME}=a\n${FALLBACK}=b\nB=2\n`],
    ['with its export, without its quotes', `export ${NAME}="a" # c\nB=2\n`, `export ${NAME}="a" # c\nexport ${FALLBACK}=b\nB=2\n`],
    ['with its line end', `${NAME}=a\r\nB=2\n`, `${NAME}=a\r\n${FALLBACK}=b\r\nB=2\n`],
    ['at an end without newline', `B=2\r\n${NAME}=a`, `B=2\r\n${NAME}=a\r\n${FALLBACK}=b`],
    ['in a line that waits for it', `${FALLBACK}='' # for keyrot\n${NAME}=a\n`, `${FALLBACK}='b' # for keyrot\n${NAME}=a\n`],
  ])('stages %s, and clears to the very bytes', (_case, text, wanted) => {
    expect(stage(text, 'b')).toBe(wanted)
    expect(stage(wanted, null)).toBe(text)
  })

  it('does not bring an older value to light by clearing', () => {
    expect(set(`${NAME}=other\n${NAME}=old\n`, null)).toBe(`${NAME}=other\n${NAME}=\n`)
  })

  it('sees that an earlier line differs', () => {
    expect(hasRivalLine(`${NAME}=a\n${NAME}=b\n`, NAME)).toBe(true)
    expect(hasRivalLine(`${NAME}=\n${NAME}=b\n${NAME}="b"\n`, NAME)).toBe(false)
  })

  it('refuses where a new line would be swallowed by the line before it', () => {
    expect(() => set('FOO:\n', 'new')).toThrow(expect.objectContaining({ code: 'KR_DOTENV_UNCLEAR', kind: 'refused' }))
  })
})
