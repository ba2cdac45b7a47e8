/** What is handed to git filter-repo takes every OpenAI key out, read by Python as by JavaScript, and holds none. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { findKeys, KEY_SHAPES } from '../../../src/domain/patterns.ts'
import { replacementLines } from '../../../src/domain/purge.ts'
import { newKeyValue } from '../../../src/sandbox/openai/keys.ts'

const shapes = KEY_SHAPES.filter(({ name }) => name.startsWith('OpenAI key'))
const keys = [...shapes.flatMap(({ matches }) => matches), newKeyValue('proj'), newKeyValue('svcacct')]
const others = shapes.flatMap(({ passes }) => passes)

/** As git-filter-repo reads a line: `regex:` before, the replacement behind the last `==>`, over bytes. */
const PYTHON = `
import json, re, sys
lines, texts = json.load(sys.stdin)
rules = [line[len('regex:'):].rsplit('==>', 1) for line in lines]
out = []
for text in texts:
    data = text.encode()
    for rule, put in rules: data = re.sub(re.compile(rule.encode(), re.MULTILINE), put.encode(), data)
    out.append(data.decode())
print(json.dumps(out))
`
const python = spawnSync('python3', ['--version']).status === 0

describe('the purge file', () => {
  it('holds no key, and a line for each shape', () => {
    expect(replacementLines()).toHaveLength(shapes.length)
    expect(shapes.length).toBeGreaterThan(1)
    for (const line of replacementLines()) {
      expect(line).toMatch(/^regex:.+==>\*\*\*REMOVED\*\*\*$/)
      expect(findKeys(line)).toEqual([])
    }
  })

  it.skipIf(!python)(`takes out keys and nothing else, played by Python${python ? '' : ' (skipped: python3 is absent)'}`, () => {
    const texts = [...keys.map((key) => `A="${key}" # x`), ...others]
    const { stdout, stderr } = spawnSync('python3', ['-c', PYTHON], { input: JSON.stringify([replacementLines(), texts]), encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([...keys.map(() => 'A="***REMOVED***" # x'), ...others])
  })
})
