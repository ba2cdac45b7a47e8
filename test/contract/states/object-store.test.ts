/** The same state over an object store with conditional writes, as S3 or GCS have them: nothing of Kubernetes is needed for any rule. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { Lease, SharedStore, Sheet, Shelf } from '../../../src/ports/store.ts'
import { sheetName } from '../../../src/state/shared/locks.ts'
import { openingsOf } from './shelves.ts'
import { describeState } from './state-contract.ts'

interface Bucket<T> extends Shelf<T> {
  readonly objects: Map<string, { readonly body: string; readonly etag: string }>
}

/** PUT with `If-Match` or `If-None-Match: *`, GET; a body is text. */
function bucket<T>(): Bucket<T> {
  const objects = new Map<string, { readonly body: string; readonly etag: string }>()
  let writes = 0
  return {
    objects,
    read: async (name) => {
      const found = objects.get(name)
      return found === undefined ? null : { value: JSON.parse(found.body) as T, revision: found.etag }
    },
    put: async (name, value, ifMatch) => {
      await Promise.resolve()
      if ((objects.get(name)?.etag ?? null) !== ifMatch)
        throw new KeyrotError({ code: 'KR_STATE_CONFLICT', kind: 'conflict', message: '412 Precondition Failed' })
      const etag = `"${(writes += 1)}"`
      objects.set(name, { body: JSON.stringify(value), etag })
      return etag
    },
  }
}

describeState('an object store with conditional writes', async () => {
  const leases = bucket<Lease>()
  const sheets = bucket<Sheet>()
  const store: SharedStore = { place: 'a bucket', leases, sheets }
  const folder = mkdtempSync(join(tmpdir(), 'keyrot-bucket-'))
  const { open, beatAll } = openingsOf(store, folder, 'b')
  const name = (credential: string): string => sheetName('abcd1234', credential)
  return {
    open,
    recordText: async (credential) => (await sheets.read(name(credential)))?.value.texts['record'] ?? '',
    setRecordText: async (credential, text) => {
      const found = await sheets.read(name(credential))
      if (text === null || found === null) sheets.objects.delete(name(credential))
      else await sheets.put(name(credential), { ...found.value, texts: { ...found.value.texts, record: text } }, found.revision)
    },
    everything: async () =>
      [...sheets.objects.values(), ...leases.objects.values()]
        .map(({ body }) => (JSON.parse(body) as Partial<Sheet>).texts)
        .map((texts) => Object.values(texts ?? {}).join('\n'))
        .join('\n'),
    silence: async () => undefined,
    beatAll,
    cleanup: async () => rmSync(folder, { recursive: true, force: true }),
  }
})
