/** A cloud ready to be worked against: one project, one service account, one live key, and a file that says how to reach it. */
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Sandbox, type SandboxOptions, startSandbox } from './openai/openai.ts'

export interface SandboxCloud {
  /** Mode 0600. Holds keys of the sandbox, which open nothing else. */
  readonly envFile: string
  readonly urls: { readonly openai: string; readonly control: string }
  readonly sandbox: Sandbox
  /** What was prepared. The key's value is in the file and here, for a `.env` of the demo. */
  readonly prepared: { readonly project: string; readonly serviceAccount: string; readonly keyId: string; readonly keyValue: string }
  /** The lines of the file as names and values. */
  readonly environment: Readonly<Record<string, string>>
  /** Stops the cloud and removes the file. */
  close(): Promise<void>
}

/** Starts the sandbox and writes `sandbox.env` into `dir` (made 0700 when absent). Rejects with the system's error when it cannot. */
export async function startCloud(dir: string, options: Partial<SandboxOptions> = {}): Promise<SandboxCloud> {
  const sandbox = await startSandbox(options)
  try {
    const project = sandbox.addProject('Sandbox project').id
    const serviceAccount = sandbox.addServiceAccount(project, 'app').id
    const { id: keyId, value: keyValue } = sandbox.addKey({ serviceAccount, name: 'app key' })
    const environment = {
      OPENAI_BASE_URL: sandbox.url,
      OPENAI_ADMIN_KEY: sandbox.adminKey,
      OPENAI_API_KEY: keyValue,
      KEYROT_SANDBOX_PROJECT: project,
      KEYROT_SANDBOX_SERVICE_ACCOUNT: serviceAccount,
      KEYROT_SANDBOX_CONTROL: sandbox.controlUrl,
    }
    const envFile = await writeEnvironment(dir, environment)
    return {
      envFile,
      urls: { openai: sandbox.url, control: sandbox.controlUrl },
      sandbox,
      prepared: { project, serviceAccount, keyId, keyValue },
      environment,
      close: async () => {
        await sandbox.close()
        await rm(envFile, { force: true })
      },
    }
  } catch (error) {
    await sandbox.close()
    throw error
  }
}

/** Writes `sandbox.env`: whole or not at all, and readable by its owner only from its first byte. */
export async function writeEnvironment(dir: string, environment: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const path = join(dir, 'sandbox.env')
  const draft = `${path}.${process.pid}.tmp`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', 0o600)
  const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`)
  await file.writeFile(lines.join(''))
  await file.close()
  await rename(draft, path)
  return path
}
