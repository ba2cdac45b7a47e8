/** The package as a user gets it: packed from this build and installed into a folder of its own, with nothing from the network. */
import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export interface Installed {
  /** Where the package lies. */
  readonly root: string
  /** What a shell would start. */
  readonly bin: string
  /** Its files, by their path under `root`, in order. */
  readonly files: readonly string[]
  /** Size of the tarball in bytes, and of all files. */
  readonly size: { readonly packed: number; readonly unpacked: number }
  /** Packages that came with it. */
  readonly dependencies: readonly string[]
}

interface Packed {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
}

/** Packs the build that is there and installs it into `folder`. Rejects with what npm said. */
export async function installInto(folder: string): Promise<Installed> {
  const [packed] = JSON.parse(await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT)) as Packed[]
  if (packed === undefined) throw new Error('npm packed nothing')
  await npm(['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, join(folder, packed.filename)], folder)
  const modules = join(folder, 'node_modules')
  const root = join(modules, 'keyrot')
  const files = await readdir(root, { recursive: true, withFileTypes: true })
  return {
    root,
    bin: join(modules, '.bin', 'keyrot'),
    files: files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name).slice(root.length + 1))
      .toSorted(),
    size: { packed: packed.size, unpacked: packed.unpackedSize },
    dependencies: (await readdir(modules)).filter((name) => !name.startsWith('.') && name !== 'keyrot'),
  }
}

function npm(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn('npm', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve(stdout) : reject(new Error(`npm ${args[0]} exited with ${String(code)}: ${stderr}`))))
  })
}
