/** The outside judge of the Kubernetes sandbox: behaviours that hold on a real kube-apiserver, asked through the official client. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { startKubernetes } from '../../../src/sandbox/kubernetes/kubernetes.ts'

const SCRIPT = new URL('../../../../shared/conformance/kubernetes.mjs', import.meta.url)
const missing = existsSync(SCRIPT) ? '' : ' (skipped: ../shared/conformance/kubernetes.mjs is absent)'
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

describe.skipIf(missing !== '')(`the conformance script${missing}`, () => {
  it('finds all 29 behaviours in a sandbox with its default delays', async () => {
    const cluster = await startKubernetes({ token: 'admintoken' })
    cluster.hands.grant('limitedtoken', 'keyrot', [])
    // the script lies outside the repository: it finds the client from a folder that has our packages
    const folder = await mkdtemp(join(tmpdir(), 'keyrot-conformance-'))
    try {
      await copyFile(SCRIPT, join(folder, 'kubernetes.mjs'))
      await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
      const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'kubernetes.mjs'), cluster.url, cluster.token, 'sandbox'])
      const lines = stdout.split('\n')
      expect(lines.filter((line) => line.startsWith('  NO'))).toEqual([])
      expect(lines.at(-2)).toBe('K8S sandbox: 29/29')
    } finally {
      await cluster.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
