import { describe, expect, it } from 'vitest'
import { KeyrotError } from '../../../src/domain/errors.ts'
import type { CredentialRecord } from '../../../src/domain/record.ts'
import { blankRecord, Book } from '../../../src/flow/book.ts'
import type { Records } from '../../../src/ports/system.ts'
import { clock, sampleRecord } from '../state/sample.ts'

/** A book over a store that takes its time: each save ends when it is told how. */
function slowStore() {
  const saves: { readonly record: CredentialRecord; readonly end: (error?: Error) => void }[] = []
  const records: Pick<Records, 'save' | 'load'> = {
    save: (record) =>
      new Promise((resolve, reject) => {
        saves.push({ record, end: (error) => (error === undefined ? resolve(`r${saves.length}`) : reject(error)) })
      }),
    load: async () => ({ record: null, condition: 'absent', revision: null }),
  }
  const book = new Book({ records: records as Records, clock, watch: () => undefined, record: sampleRecord(), revision: null })
  return { book, saves }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const full = (): KeyrotError => new KeyrotError({ code: 'KR_STATE_FULL', kind: 'unavailable', message: 'full', retryable: false })

describe('the book', () => {
  it('stores what is noted side by side together, loses none of it, and promises nothing before it is durable', async () => {
    const { book, saves } = slowStore()
    const names = Array.from({ length: 1_000 }, (_, at) => `t${at}`)
    const done = new Set<string>()
    const note = async (name: string): Promise<void> => {
      await book.noteTarget(name, { promotedAt: 1 })
      done.add(name)
    }
    const first = note('first')
    await turn()
    const rest = Promise.all(names.map(note))
    await turn()
    expect(saves).toHaveLength(1)
    saves[0]!.end()
    await first
    await turn()
    expect([...done]).toEqual(['first'])
    expect(saves).toHaveLength(2)
    expect(Object.keys(saves[1]!.record.run!.targets)).toEqual(expect.arrayContaining(['first', ...names]))
    saves[1]!.end()
    await rest
    expect(done.size).toBe(1_001)
    expect(saves).toHaveLength(2)
    expect(book.record).toEqual(saves[1]!.record)
  })

  it('keeps what is only noted while a save is under way for the next one', async () => {
    const { book, saves } = slowStore()
    const first = book.noteTarget('web', { promotedAt: 7 })
    await turn()
    book.noteOwnCall()
    saves[0]!.end()
    await first
    expect(book.pending).toBe(true)
    expect(book.run.ownCallAt).toBe(clock.now())
    expect(book.run.targets['web']?.promotedAt).toBe(7)
    const second = book.save((record) => record)
    await turn()
    expect(saves[1]!.record.run?.ownCallAt).toBe(clock.now())
    saves[1]!.end()
    await second
    expect(book.pending).toBe(false)
  })

  it('fails for all who waited for a save that fails, notes none of it, and goes on', async () => {
    const { book, saves } = slowStore()
    const before = book.record
    const both = Promise.allSettled([book.noteTarget('web', { promotedAt: 7 }), book.noteTarget('api', { promotedAt: 7 })])
    await turn()
    saves[0]!.end(full())
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(book.record).toBe(before)
    const next = book.noteTarget('api', { promotedAt: 8 })
    await turn()
    await turn()
    saves[1]!.end()
    await next
    expect(book.run.targets['api']?.promotedAt).toBe(8)
    expect(blankRecord('ns', 'api', 0).run).toBeNull()
  })
})
