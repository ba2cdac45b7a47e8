/** The only place in `state/` that touches files (`host.ts` asks the kernel about processes): one small call each, so that a test can count them, fail the n-th, or stop at it. */
import * as fs from 'node:fs'
import process from 'node:process'

export type FileFacts = fs.Stats

/** What state needs of a file system. Every call may throw what `node:fs` throws; `files.ts` turns that into keyrot's own words. */
export interface FileCalls {
  open(path: string, flags: number, mode: number): number
  close(fd: number): void
  /** Bytes read into the buffer from its `offset` on; fewer than asked for is no error. */
  read(fd: number, buffer: Uint8Array, offset: number): number
  /** Bytes written from the buffer's `offset` on; fewer than asked for is no error. `null` = where the descriptor stands. */
  write(fd: number, buffer: Uint8Array, offset: number, position: number | null): number
  sync(fd: number): void
  /** The same off the event loop: calls that are under way go on meanwhile. */
  syncAside(fd: number): Promise<void>
  /** Off the event loop: the journal goes on collecting lines meanwhile. */
  datasync(fd: number): Promise<void>
  truncate(fd: number, length: number): void
  stat(fd: number): FileFacts
  lstat(path: string): FileFacts
  mkdir(path: string, mode: number): void
  list(path: string): string[]
  rename(from: string, to: string): void
  link(from: string, to: string): void
  unlink(path: string): void
  /** The user whose files these must be; `null` where the system has none. */
  uid(): number | null
}

export const nodeCalls: FileCalls = {
  open: (path, flags, mode) => fs.openSync(path, flags, mode),
  close: (fd) => fs.closeSync(fd),
  read: (fd, buffer, offset) => fs.readSync(fd, buffer, offset, buffer.length - offset, null),
  write: (fd, buffer, offset, position) => fs.writeSync(fd, buffer, offset, buffer.length - offset, position),
  sync: (fd) => fs.fsyncSync(fd),
  syncAside: (fd) => new Promise((resolve, reject) => fs.fsync(fd, (error) => (error === null ? resolve() : reject(error)))),
  datasync: (fd) => new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(error)))),
  truncate: (fd, length) => fs.ftruncateSync(fd, length),
  stat: (fd) => fs.fstatSync(fd),
  lstat: (path) => fs.lstatSync(path),
  mkdir: (path, mode) => void fs.mkdirSync(path, { mode }),
  list: (path) => fs.readdirSync(path),
  rename: (from, to) => fs.renameSync(from, to),
  link: (from, to) => fs.linkSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  uid: () => process.geteuid?.() ?? null,
}
