/** Configs that a schedule is written for, the file that keyrot writes, and a shell as bare as a runner's. */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { keyrot, type Ran } from './cli.ts'

/** Every kind of target, state and secret that a runner elsewhere can have. */
export const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'Vercel alone': ['site'],
  'AWS alone': ['aws'],
  'a cluster alone': ['k8s'],
  'all of them': ['site', 'aws', 'k8s'],
}
const TARGETS: Readonly<Record<string, string>> = {
  site: "{ type: vercel, project: web, variable: OPENAI_API_KEY, environments: [production], token: 'env:VERCEL_TOKEN', redeploy: deployment }",
  aws: '{ type: aws-secrets-manager, secret: prod/app, field: K, region: eu-west-1, consumers: reread }',
  k8s: '{ type: kubernetes, namespace: app, secret: openai, workloads: [deployment/web] }',
}
const STATES: Readonly<Record<string, string>> = { files: '{ type: files }', shared: '{ type: kubernetes, namespace: keyrot }' }
export const POLICIES: Readonly<Record<string, string>> = { 'no approval': '{}', 'an approval': '{ approval: required }' }

export function configOf(targets: readonly string[], state: string, policy: string): string {
  return [
    'version: 1',
    'ns: testtest',
    `state: ${STATES[state]}`,
    `policy: ${POLICIES[policy]}`,
    'providers:',
    "  main: { type: openai, project: proj_a, adminKey: 'env:OPENAI_ADMIN_KEY', scopes: all }",
    'targets:',
    ...targets.map((name) => `  ${name}: ${TARGETS[name]}`),
    'credentials:',
    `  prod: { provider: main, targets: [${targets.join(', ')}] }`,
    '',
  ].join('\n')
}

export const CASES = Object.keys(ELSEWHERE).flatMap((places) =>
  Object.keys(STATES).flatMap((state) => Object.keys(POLICIES).map((policy) => ({ places, state, policy }))),
)

/** The file that `keyrot schedule PLATFORM` writes for this config, which is laid into `cwd`. */
export async function scheduled(platform: string, config: string, cwd: string): Promise<string> {
  await writeFile(join(cwd, 'rotation.config.yaml'), config)
  const { code, stdout, stderr } = await keyrot(['schedule', platform], { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

/** A shell line as cron or a runner starts it: these variables and no others, no terminal, nothing on stdin. */
export function bare(line: string, cwd: string, env: Readonly<Record<string, string>>, shell: readonly string[]): Promise<Ran> {
  const child = spawn('/usr/bin/setsid', ['--wait', ...shell, line], { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()))
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })))
}
