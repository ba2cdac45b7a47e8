import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFileState } from '../../../src/state/state.ts'
import { clock, countingIds } from '../../unit/state/sample.ts'
import { describeState } from './state-contract.ts'

let actors = 0

describeState('files', async () => {
  const root = mkdtempSync(join(tmpdir(), 'keyrot-files-'))
  const folder = join(root, '.keyrot')
  const beats: (() => void)[] = []
  const path = (credential: string): string => join(folder, 'credentials', credential, 'record.json')
  const files = (): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
  return {
    open: (host) =>
      openFileState(folder, {
        clock,
        ids: countingIds(`f${(actors += 1)}x`),
        host,
        every: (beat) => {
          beats.push(beat)
          return () => beats.splice(beats.indexOf(beat), 1)
        },
      }),
    recordText: async (credential) => readFileSync(path(credential), 'utf8'),
    setRecordText: async (credential, text) =>
      text === null ? rmSync(join(path(credential), '..'), { recursive: true }) : writeFileSync(path(credential), text),
    everything: async () =>
      files()
        .filter((file) => statSync(file).isFile())
        .map((file) => readFileSync(file, 'utf8'))
        .join('\n'),
    silence: async () => {
      for (const file of files().filter((name) => name.endsWith('.lock'))) utimesSync(file, new Date(Date.now() - 120_000), new Date(Date.now() - 120_000))
    },
    beatAll: async () => beats.forEach((beat) => beat()),
    cleanup: async () => rmSync(root, { recursive: true, force: true }),
  }
})
