import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonField, wholeText } from '../../../src/adapters/targets/aws-secrets-manager-spot.ts'

const spot = jsonField('app', 'KEY')
const blank = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 })

/** A JSON text and its spelling: escapes that nobody needs, numbers that JSON.stringify would write in another way. */
const string = fc
  .array(fc.constantFrom('a', 'KEY', '}', ']', ',', ':', '{', '\\"', '\\\\', '\\/', '\\u0041', '\\ud83d\\ude00', 'é', '😀', '\\n'), { maxLength: 6 })
  .map((parts) => `"${parts.join('')}"`)
const scalar = fc.oneof(string, fc.constantFrom('0', '-0.0', '1.50e+2', '12345678901234567890', 'true', 'false', 'null'))
const anything = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.tuple(blank, fc.array(tie('value'), { maxLength: 3 })).map(([space, items]) => `[${space}${items.join(`${space},`)}${space}]`),
    fc
      .tuple(blank, fc.array(fc.tuple(fc.oneof(string, fc.constant('"KEY"')), tie('value')), { maxLength: 3 }))
      .map(([space, members]) => `{${space}${members.map(([name, value]) => `${name}${space}:${value}`).join(`,${space}`)}}`),
  ),
})).value
const otherName = string.filter((name) => JSON.parse(name) !== 'KEY')
const member = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(blank, name, blank, blank, value, blank).map(([a, key, b, c, it_, d]) => `${a}${key}${b}:${c}${it_}${d}`)
const siblings = fc.array(member(otherName, anything), { maxLength: 4 })
const ownName = fc.constantFrom('"KEY"', '"K\\u0045Y"', '"\\u004bEY"')
const value = fc.string({ minLength: 1 })

describe('one field of a JSON object', () => {
  it('replaces the value and not one other character', () => {
    const spelled = fc.oneof(
      value.map((text) => JSON.stringify(text)),
      fc.constantFrom('"sk\\u002dA"', '""', 'null'),
    )
    fc.assert(
      fc.property(siblings, siblings, ownName, blank, blank, spelled, blank, value, (before, after, name, a, b, old, end, wanted) => {
        const head = `${before.map((each) => `${each},`).join('')}${a}${name}:${b}`
        const tail = `${end}${after.map((each) => `,${each}`).join('')}}\n`
        const text = `{${head}${old}${tail}`
        const held = JSON.parse(old) as string | null
        expect(spot.read(text)).toBe(held === '' ? null : held)
        // the same value in another spelling is left as it is
        expect(spot.put(text, wanted)).toBe(held === wanted ? text : `{${head}${JSON.stringify(wanted)}${tail}`)
        expect(spot.frame(spot.put(text, wanted))).toBe(spot.frame(text))
      }),
    )
  })

  it('adds a missing field behind the others, and takes it off again to the very bytes', () => {
    fc.assert(
      fc.property(siblings, blank, blank, value, (members, start, end, wanted) => {
        const text = `${start}{${members.length === 0 ? end : members.join(',')}}${end}`
        const added = spot.put(text, wanted)
        expect(spot.read(text)).toBeNull()
        expect(spot.read(added)).toBe(wanted)
        expect(JSON.parse(added)).toEqual({ ...(JSON.parse(text) as object), KEY: wanted })
        expect(spot.put(added, null)).toBe(text)
      }),
    )
  })

  it('takes a field off between others', () => {
    expect(spot.put('{"KEY": "a", "b": 1}', null)).toBe('{"b": 1}')
    expect(spot.put('{"a": 1, "KEY": "a", "b": 1}', null)).toBe('{"a": 1, "b": 1}')
    expect(spot.put('{"KEY": "", "b": 1}', null)).toBe('{"KEY": "", "b": 1}')
  })

  it('writes a new field as the one before it is written', () => {
    expect(spot.put('{\n  "a": 1,\n  "b": 2\n}\n', 'x')).toBe('{\n  "a": 1,\n  "b": 2,\n  "KEY": "x"\n}\n')
    expect(spot.put('{"a":1}', 'x')).toBe('{"a":1,"KEY":"x"}')
    expect(spot.put('{}', 'x')).toBe('{"KEY":"x"}')
    expect(spot.fresh('x')).toBe('{"KEY":"x"}')
  })

  it('knows a name that an object has by birth as a field like any other', () => {
    const proto = jsonField('app', '__proto__')
    expect(proto.read('{"a":1}')).toBeNull()
    expect(proto.put('{"a":1}', 'x')).toBe('{"a":1,"__proto__":"x"}')
  })

  it.each([
    ['sk-plain', 'KR_AWS_NOT_JSON'],
    ['["KEY"]', 'KR_AWS_NOT_JSON'],
    ['"KEY"', 'KR_AWS_NOT_JSON'],
    ['{"KEY": "a"', 'KR_AWS_NOT_JSON'],
    ['\ufeff{"KEY": "a"}', 'KR_AWS_NOT_JSON'],
    ['{"KEY": "a", "K\\u0045Y": "b"}', 'KR_AWS_FIELD_TWICE'],
    ['{"KEY": 1}', 'KR_AWS_FIELD_NOT_TEXT'],
    ['{"KEY": {"deep": "a"}}', 'KR_AWS_FIELD_NOT_TEXT'],
  ])('refuses %s', (text, code) => {
    for (const act of [() => spot.read(text), () => spot.put(text, 'x')]) expect(act).toThrow(expect.objectContaining({ code, kind: 'refused' }))
  })

  it('is not slow on a text that fills the secret', () => {
    const deep = `{"a":${'['.repeat(8_000)}${']'.repeat(8_000)},"b":"${'\\\\'.repeat(20_000)}"}`
    expect(spot.put(spot.put(deep, 'x'), null)).toBe(deep)
  })
})

describe('a plain string', () => {
  const plain = wholeText('app')

  it('keeps the blanks around the key', () => {
    fc.assert(
      fc.property(blank, blank, value, value, (before, after, old, wanted) => {
        fc.pre(old.trim() === old && wanted.trim() === wanted && old !== '' && wanted !== '' && !old.startsWith('{'))
        const text = before + old + after
        expect(plain.read(text)).toBe(old)
        expect(plain.put(text, wanted)).toBe(before + wanted + after)
        expect(plain.frame(text)).toBe(before + after)
      }),
    )
  })

  it('reads blanks alone as nothing, and writes the key before them', () => {
    expect(plain.read('\n')).toBeNull()
    expect(plain.put('\n', 'x')).toBe('x\n')
    expect(plain.put('x\n', null)).toBe('\n')
  })

  it('refuses a JSON object: writing would throw away its other fields', () => {
    for (const act of [() => plain.read(' {"a": 1}\n'), () => plain.put('{}', 'x'), () => plain.frame('{}')])
      expect(act).toThrow(expect.objectContaining({ code: 'KR_AWS_FIELD_WANTED', kind: 'refused' }))
  })
})
