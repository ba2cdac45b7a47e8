import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findUnseen, printable } from '../../../src/domain/printable.ts'

const esc = String.fromCharCode(27)

describe('printable', () => {
  it.each([
    ['colours', `${esc}[31mred${esc}[0m`, 'red'],
    ['the 8-bit form', '\u009b31mred', 'red'],
    ['a window title', `a${esc}]0;title\u0007b`, 'ab'],
    ['a link', `${esc}]8;;https://evil.example${esc}\\text${esc}]8;;${esc}\\`, 'text'],
    ['an unfinished title', `a${esc}]0;all the rest`, 'a'],
    ['backspaces and returns', 'a\b\b\rb', 'a b'],
    ['bidirectional overrides', 'a\u202eb\u2066c\u200fd', 'abcd'],
    ['zero-width characters', 'a\u200bb\ufeffc\u00add', 'abcd'],
    ['tag characters', 'a\u{e0041}b', 'ab'],
    ['blank letters', 'a\u3164b\u034fc\uffa0d\ufe0f', 'abcd'],
    ['lines', 'a\n\nb\u2028c', 'a b c'],
    ['a CI command', '::set-output name=x::y', ': :set-output name=x::y'],
    ['a CI command behind blanks', '  \n ::error::x', ': :error::x'],
    ['a CI command behind what is taken out', ':\u200b:error::x', ': :error::x'],
    ['an Azure command', 'a ##vso[task.setvariable]b ##[error]', 'a # #vso[task.setvariable]b # #[error]'],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
  ])('takes out %s', (_, given, wanted) => {
    expect(printable(given)).toBe(wanted)
  })

  it('keeps what people write', () => {
    expect(printable('Schlüssel für web – 鍵 🔑')).toBe('Schlüssel für web – 鍵 🔑')
  })

  it('cuts at the cap and says so, never inside a character', () => {
    expect(printable('abcdef', 4)).toBe('abc…')
    expect(printable('ab🔑🔑', 4)).toBe('ab…')
  })

  it('is harmless and stable for any text', () => {
    const wild = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(esc, `${esc}[`, `${esc}]`, '::', ':', '##', '[', 'vso[', '\u200b', '\u202e', '\n', '\r', '\u009b'),
      ),
    )
    fc.assert(
      fc.property(wild, fc.integer({ min: 1, max: 80 }), (parts, max) => {
        const shown = printable(parts.join(''), max)
        expect(shown.length).toBeLessThanOrEqual(max)
        // oxlint-disable-next-line no-control-regex -- the point of the test
        expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u200b-\u200f]/)
        expect(shown).not.toMatch(/^\s*::|##\[|##vso\[/)
        expect(printable(shown, max)).toBe(shown)
      }),
      { seed: 20261, numRuns: 1000 },
    )
  }, 60_000)
})

describe('findUnseen', () => {
  it('finds what a reader cannot see and passes line ends, tabs and emoji', () => {
    expect(findUnseen('a\tb\r\nc 🔑')).toBe(-1)
    expect(findUnseen('ab\u202ec')).toBe(2)
    expect(findUnseen(`ab${esc}[0m`)).toBe(2)
    expect(findUnseen('a\u0000')).toBe(1)
  })
})
