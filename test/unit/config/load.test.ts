import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../../src/domain/duration.ts'
import { DEFAULT_POLICY } from '../../../src/domain/policy.ts'
import { but, CANARY, codes, GOOD, judge } from './playground.ts'

describe('a good config', () => {
  it('is bound to its blocks, with the default policy', () => {
    const { config, problems } = judge(GOOD)
    expect(problems).toEqual([])
    expect(config?.ns).toBe('abcd1234')
    const [credential] = config?.credentials ?? []
    expect(credential).toMatchObject({
      name: 'prod-api',
      provider: { name: 'main', type: 'mint-house', settings: { project: 'p1', adminKey: 'env:ADMIN_KEY' } },
      policy: DEFAULT_POLICY,
    })
    expect(credential?.targets.map(({ name, type, wave, settings }) => ({ name, type, wave, settings }))).toEqual([
      { name: 'web', type: 'drawer', wave: 1, settings: { label: 'one', consumers: 'reread' } },
      { name: 'safe', type: 'safe', wave: 2, settings: { number: 7, token: 'file:secrets/token' } },
    ])
  })

  it('lists every reference once, with its place', () => {
    expect(judge(GOOD).config?.references).toEqual([
      { text: 'env:ADMIN_KEY', kind: 'env', name: 'ADMIN_KEY', place: { line: 4, column: 51 } },
      { text: 'file:secrets/token', kind: 'file', name: 'secrets/token', place: { line: 7, column: 40 } },
    ])
  })

  it('does not ask for secrets of blocks that nothing uses', () => {
    expect(judge(but('[web, safe]', '[web]')).config?.references.map(({ text }) => text)).toEqual(['env:ADMIN_KEY'])
  })

  it('names every variable with a secret in it all the same: no child may inherit one', () => {
    const spare = but('file:secrets/token', 'env:SAFE_TOKEN').replace('[web, safe]', '[web]')
    expect(judge(spare).config?.references.map(({ text }) => text)).toEqual(['env:ADMIN_KEY'])
    expect(judge(spare).config?.secretVariables).toEqual(['ADMIN_KEY', 'SAFE_TOKEN'])
  })

  it('layers policies: keyrot, config, credential', () => {
    const text = `${GOOD}    policy: {overlap: 2h, lifetime: none}\npolicy: {overlap: 12h, maxAge: 30d, revoke: auto}\n`
    expect(judge(text).config?.credentials[0]?.policy).toEqual({ ...DEFAULT_POLICY, overlap: 2 * HOUR, lifetime: null, maxAge: 30 * DAY, revoke: 'auto' })
  })

  it('takes anchors, CRLF and a byte order mark', () => {
    expect(judge(but('[web, safe]', '&all [web, safe]').replaceAll('\n', '\r\n')).problems).toEqual([])
    expect(judge(`policy: *p\n${GOOD}    policy: &p {overlap: 2h}\n`).problems[0]).toMatchObject({ code: 'KR_CONFIG_SYNTAX', place: { line: 1, column: 9 } })
    expect(judge(`policy: &p {overlap: 2h}\n${GOOD}    policy: *p\n`).problems).toEqual([])
  })
})

describe('what a person gets wrong', () => {
  it.each([
    ['an unknown key at the top', 'ns:', 'nss: 1\nns:', ['UNKNOWN_KEY@2:1'], 'did you mean "ns"?'],
    ['an unknown setting', 'project: p1', 'projekt: p1', ['MISSING@4:3', 'UNKNOWN_KEY@4:28'], 'did you mean "project"?'],
    ['an unknown nested setting', 'project: p1', 'project: p1, probe: {model: []}', ['UNKNOWN_KEY@4:49'], 'did you mean "models"?'],
    ['an unknown key of a credential', 'provider: main', 'provider: main\n    polcy: {}', ['UNKNOWN_KEY@11:5'], 'did you mean "policy"?'],
    ['an unknown key of a policy', 'provider: main', 'provider: main\n    policy: {maxage: 90d}', ['UNKNOWN_KEY@11:14'], 'did you mean "maxAge"?'],
    ['an unknown type', 'type: safe', 'type: saef', ['TYPE@7:16'], 'did you mean "safe"?'],
    ['no type', 'type: safe, ', '', ['MISSING@7:3'], 'known: drawer, safe'],
    ['a wrong value', 'number: 7', 'number: seven', ['VALUE@7:30'], 'expected a number'],
    ['a value out of a list', 'label: one', 'label: one, consumers: rereads', ['VALUE@6:46'], 'did you mean "reread"?'],
    ['no version', 'version: 1\n', '', ['MISSING@1:1'], 'Version of this file format'],
    ['a later version', 'version: 1', 'version: 2', ['VALUE@1:10'], 'version: 1'],
    ['a bad ns', 'abcd1234', 'ABC', ['VALUE@2:5'], 'keyrot init draws one'],
    ['a bad duration', 'provider: main', 'provider: main\n    policy: {overlap: 1 day}', ['VALUE@11:23'], '90d, 24h'],
    ['a number for a duration', 'provider: main', 'provider: main\n    policy: {overlap: 90}', ['VALUE@11:23'], 'expected text'],
    ['a provider that is not there', 'provider: main', 'provider: mian', ['UNUSED', 'NO_SUCH_PROVIDER@10:15'].slice(1), 'did you mean "main"?'],
    ['a target that is not there', '[web, safe]', '[web, safe, wbe]', ['NO_SUCH_TARGET@11:26'], 'did you mean "web"?'],
    ['a target twice', '[web, safe]', '[web, safe, web]', ['TWICE@11:26'], 'keep one'],
    ['no targets', '[web, safe]', '[]', ['VALUE@11:14'], 'at least one target'],
    [
      'one target for two credentials',
      '[web, safe]',
      '[web, safe]\n  other: {provider: main, targets: [web]}',
      ['SHARED_TARGET@12:37'],
      'already keeps the key of "prod-api"',
    ],
    ['two targets in one place', 'label: one}', 'label: one}\n  two: {type: drawer, label: x, spare: one}', ['SAME_PLACE@7:3'], 'the same place as "web"'],
    [
      'two equal targets',
      'targets:\n',
      'targets:\n  twin: {type: safe, token: file:secrets/token, number: 7}\n',
      ['SAME_PLACE@8:3'],
      'the same place as "twin"',
    ],
    ['no credentials', '\n  prod-api:\n    provider: main\n    targets: [web, safe]', ' {}', ['NOTHING@8:14'], 'nothing to rotate'],
    ['a name that cannot be one', 'prod-api:', 'Prod_API:', ['NAME@9:3'], 'lower-case letters'],
    ['wave 0', 'wave: 2', 'wave: 0', ['VALUE@7:66'], 'from 1 to 99'],
    ['a life too short', 'provider: main', 'provider: main\n    policy: {lifetime: 90d}', ['LIFE_TOO_SHORT@11:24'], '= 2689h'],
    ['a birth too short', 'provider: main', 'provider: main\n    policy: {birthLife: 5m}', ['DURATION@11:25'], 'at least 10m'],
    ['a birth shorter than its proof', 'provider: main', 'provider: main\n    policy: {verifyWindow: 40m}', ['DURATION@11:5'], 'at least 82m'],
    ['warning before birth', 'provider: main', 'provider: main\n    policy: {maxAge: 14d}', ['DURATION@11:5'], 'shorter than "maxAge"'],
    ['age 0', 'provider: main', 'provider: main\n    policy: {maxAge: 0s}', ['DURATION@11:22'], 'cannot be 0'],
    ['an overlap beyond the age', 'provider: main', 'provider: main\n    policy: {overlap: 90d}', ['DURATION@11:23'], 'next rotation'],
    ['a variable that is none', 'env:ADMIN_KEY', 'env:ADMIN-KEY', ['REFERENCE@4:51'], 'letters, digits and _'],
    ['a path that climbs', 'file:secrets/token', 'file:../token', ['REFERENCE@7:40'], 'climb out'],
    ['a home path', 'file:secrets/token', 'file:~/token', ['REFERENCE@7:40'], 'whole path'],
    ['a literal where a reference belongs', 'env:ADMIN_KEY', 'hunter2', ['VALUE@4:51'], 'a reference: env:NAME or file:path'],
  ])('%s', (_, from, to, wanted, words) => {
    const text = but(from, to)
    expect(codes(text).filter((code) => !code.startsWith('UNUSED'))).toEqual(wanted)
    expect(judge(text).lines.join('\n')).toContain(words)
  })

  it.each([
    ['an unused block', 'targets: [web, safe]', 'targets: [web]', 'UNUSED@7:3'],
    ['no overlap', 'provider: main', 'provider: main\n    policy: {overlap: 0s}', 'HASTY@11:14'],
    ['no quiet', 'provider: main', 'provider: main\n    policy: {quiet: 0s}', 'HASTY@11:14'],
  ])('warns of %s and loads', (_, from, to, wanted) => {
    expect(codes(but(from, to))).toEqual([wanted])
    expect(judge(but(from, to)).config).not.toBeNull()
  })

  it('hears of everything at once, in reading order', () => {
    const text = `version: 3\nns: x\nproviders: {a: {type: nope}}\ntargets: {b: {type: drawer}}\ncredentials: {c: {provider: z, targets: [y]}}\n`
    expect(codes(text)).toEqual(['VALUE@1:10', 'VALUE@2:5', 'TYPE@3:23', 'MISSING@4:11', 'NO_SUCH_PROVIDER@5:29', 'NO_SUCH_TARGET@5:42'])
  })

  it('points at the default where the default is wrong, once', () => {
    const text = `policy: {maxAge: 20d, lifetime: 30d}\n${but('[web, safe]', '[web]\n  other: {provider: main, targets: [safe]}')}`
    expect(codes(text)).toEqual(['LIFE_TOO_SHORT@1:33'])
  })

  it('gives file, line and column in every line', () => {
    expect(judge(but('type: safe', 'type: saef')).lines[0]).toBe('c.yaml:7:16: this type is not known (did you mean "safe"?) [KR_CONFIG_TYPE]')
  })
})

describe('a key in the config', () => {
  it.each([
    ['as a value', but('env:ADMIN_KEY', CANARY)],
    ['in quotes', but('env:ADMIN_KEY', `"${CANARY}"`)],
    ['hidden by an escape', but('env:ADMIN_KEY', `"\\x73${CANARY.slice(1)}"`)],
    ['in a comment', `# ${CANARY}\n${GOOD}`],
    ['as a key', but('project:', `${CANARY}: 1, project:`)],
    ['as the name of a block', but('prod-api:', `${CANARY}:`)],
    ['as an anchor', but('[web', `&${CANARY} [web`)],
    ['as a provider name', but('provider: main', `provider: ${CANARY}`)],
    ['as a type', but('type: safe', `type: ${CANARY}`)],
    ['behind env:', but('env:ADMIN_KEY', `env:${CANARY}`)],
    ['in broken YAML', `${GOOD}\n  ]: ${CANARY} "`],
    ['as a duration', but('provider: main', `provider: main\n    policy: {overlap: ${CANARY}}`)],
    ['where an adapter is careless', but('label: one', `label: one, spare: ${CANARY}`)],
    ['as ns', but('abcd1234', CANARY)],
  ])('is refused and never repeated: %s', (_, text) => {
    const { problems, all, config } = judge(text)
    expect(config).toBeNull()
    expect(problems.map(({ code }) => code)).toContain('KR_CONFIG_LITERAL_KEY')
    for (const part of [CANARY, CANARY.slice(0, 24), CANARY.slice(-24), CANARY.slice(20, 50)]) expect(all).not.toContain(part)
  })

  it('is not repeated either where its shape is unknown', () => {
    const odd = 'Zx81qLmNop-Unknown.Shape-4711-abcdefghijkl'
    for (const text of [
      but('env:ADMIN_KEY', odd),
      but('number: 7', `number: ${odd}`),
      but('abcd1234', odd),
      but('type: safe', `type: ${odd}`),
      but('provider: main', `provider: ${odd}`),
      but('env:ADMIN_KEY', `env:${odd}`),
    ]) {
      const { all, config } = judge(text)
      expect(config).toBeNull()
      expect(all).not.toContain(odd)
    }
  })
})
