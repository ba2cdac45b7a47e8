/** The outside judges of the embedded AWS: the conformance script, and the published Smithy model. */
import { spawn } from 'node:child_process'
import { createReadStream, existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { startAws } from '../../../src/sandbox/aws/aws.ts'
import { MEMBERS } from '../../../src/sandbox/aws/members.ts'
import { OPERATIONS } from '../../../src/sandbox/aws/operations.ts'
import { awsSpec, awsSpecMissing, type MemberRule } from '../aws-spec.ts'
import { ABSENT_FROM_SPEC, startAwsWorld } from './aws-world.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const script = fileURLToPath(new URL('../../../../shared/conformance/aws-secrets-manager.mjs', import.meta.url))
const scriptMissing = existsSync(script) ? '' : ' (skipped: ../shared/conformance is absent)'

/** Runs the script from standard input, so that it finds the SDK in this repository, with nothing of the shell's AWS about it. */
function judged(url: string): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] }
  const child = spawn(process.execPath, ['--input-type=module', '-', url, 'sandbox'], { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] })
  createReadStream(script).pipe(child.stdin)
  const parts: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => parts.push(part))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve(Buffer.concat(parts).toString()))
  })
}

describe.skipIf(scriptMissing !== '')(`the conformance script${scriptMissing}`, () => {
  it('finds all 26 behaviours', async () => {
    const sandbox = await startAws()
    const said = await judged(sandbox.url)
    await sandbox.close()
    expect(said).toBe('SM sandbox: 26/26\n')
  })
})

const spec = awsSpec()

describe.skipIf(spec === null)(`the sandbox before the Smithy model${awsSpecMissing}`, () => {
  const judge = spec as NonNullable<typeof spec>

  it('has the operations of the model that it claims, with their members, types and bounds', () => {
    expect(Object.keys(OPERATIONS).filter((name) => !judge.operations.includes(name))).toEqual(ABSENT_FROM_SPEC)
    expect(Object.keys(MEMBERS).toSorted()).toEqual(Object.keys(OPERATIONS).toSorted())
    for (const operation of Object.keys(OPERATIONS).filter((name) => !ABSENT_FROM_SPEC.includes(name))) {
      const rules = new Map(judge.membersOf(operation).map((rule) => [rule.name, rule]))
      for (const [name, own] of Object.entries(MEMBERS[operation] ?? {})) {
        const rule = rules.get(name)
        expect(rule, `${operation}.${name}`).toBeDefined()
        expect({ required: own.required ?? false, min: own.min ?? 0, max: own.max ?? null }, `${operation}.${name}`).toEqual({
          required: rule?.required,
          min: rule?.min ?? 0,
          max: rule?.max ?? null,
        })
      }
      expect([...rules.values()].filter(({ required, name }) => required && MEMBERS[operation]?.[name] === undefined)).toEqual([])
    }
  })

  it('refuses every breach of a bound that the model names', async () => {
    const { failure, secret } = await startAwsWorld()
    const one = await secret(1)
    const good: Record<string, Record<string, unknown>> = {
      CreateSecret: { Name: 'fresh', SecretString: 'x' },
      DescribeSecret: { SecretId: one.name },
      GetSecretValue: { SecretId: one.name },
      ListSecretVersionIds: { SecretId: one.name },
      ListSecrets: {},
      PutSecretValue: { SecretId: one.name, SecretString: 'x' },
      TagResource: { SecretId: one.name, Tags: [] },
      UpdateSecret: { SecretId: one.name, Description: 'x' },
      UpdateSecretVersionStage: { SecretId: one.name, VersionStage: 'L1', MoveToVersionId: one.ids[1] },
    }
    const refused = new Set<string>()
    for (const [operation, input] of Object.entries(good)) {
      expect(await failure(operation, input), operation).toBe('none')
      for (const rule of judge.membersOf(operation).filter(({ name }) => MEMBERS[operation]?.[name] !== undefined)) {
        for (const broken of breaches(rule)) {
          const { [rule.name]: _, ...rest } = input
          const name = await failure(operation, broken === undefined ? rest : { ...rest, [rule.name]: broken })
          expect(['ValidationException', 'InvalidParameterException'], `${operation}.${rule.name}`).toContain(name)
          refused.add(`${operation}.${rule.name}`)
        }
      }
    }
    expect(refused.size).toBeGreaterThan(25)
  })

  it('is held against a referee that sees every kind of breach', () => {
    const put = { SecretId: 'a', ClientRequestToken: 'x'.repeat(32), SecretString: 'x', VersionStages: ['A'] }
    expect(judge.checkInput('PutSecretValue', put)).toEqual([])
    const { SecretId: _, ...without } = put
    const wrong = [without, { ...put, Invented: 1 }, { ...put, SecretString: 1 }, { ...put, ClientRequestToken: 'short' }, { ...put, VersionStages: [] }]
    for (const input of [...wrong, { ...put, VersionStages: [''] }, { ...put, SecretString: '' }, null, []])
      expect(judge.checkInput('PutSecretValue', input)).not.toEqual([])
    expect(judge.checkOutput('DescribeSecret', { ARN: 'x'.repeat(20), CreatedDate: 'today' })).toEqual(['DescribeSecret.CreatedDate is not timestamp'])
    expect(judge.checkOutput('DescribeSecret', { VersionIdsToStages: { ['x'.repeat(32)]: 'AWSCURRENT' } })).not.toEqual([])
  })
})

/** Values that break a rule: absent, too short, too long. Texts only: the SDK itself refuses wrong types. */
function breaches({ required, type, min, max }: MemberRule): readonly unknown[] {
  const values: unknown[] = required ? [undefined] : []
  if (type === 'list') return [...values, ...(min === null ? [] : [[]]), ...(max === null ? [] : [Array.from({ length: max + 1 }, (_, at) => `S${at}`)])]
  if (type !== 'string') return values
  if (min !== null && min > 0) values.push('x'.repeat(min - 1))
  if (max !== null) values.push('x'.repeat(max + 1))
  return values
}
