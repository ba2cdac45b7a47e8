/** What git keeps, read from real repositories: the index, ranges, all of history. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { answersTo, WHOLE, type Blob } from '../../../src/scan/git/answers.ts'
import type { Change } from '../../../src/scan/git/changes.ts'
import { scanGit } from '../../../src/scan/git/scan.ts'
import { history, push, range, staged, type GitSource } from '../../../src/scan/git/sources.ts'
import { inspectorWith } from '../../../src/scan/inspect.ts'
import { fakeKeyOf } from './fake.ts'
import { folders, initialised, repositoryAt, type Repository } from './repository.ts'

const open = folders()
afterEach(() => open.clear())

const fresh = (...options: readonly string[]): Repository => initialised(open.make(), ...options)

interface Read {
  readonly path: string
  readonly text: string
  readonly commit: string | undefined
}

type Bound = readonly [Repository, GitSource]

async function read([{ git }, source]: Bound): Promise<readonly Read[]> {
  const found: Read[] = []
  const tell = ({ path, commit: by }: Change, text: string): void => void found.push({ path, text, commit: by?.id })
  await source(git, {
    whole: (change, bytes) => tell(change, bytes.toString()),
    long: (change) => {
      let length = 0
      return { push: (bytes) => void (length += bytes.length), end: () => tell(change, `long: ${length}`) }
    },
  })
  return found
}

const texts = async (bound: Bound): Promise<readonly string[]> => (await read(bound)).map(({ text }) => text).toSorted()

function commit({ folder, run }: Repository, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  run('add', '--all')
  run('commit', '--quiet', '--allow-empty', '--message', 'change')
  return run('rev-parse', 'HEAD')
}

describe('what would be committed', () => {
  it('is the index, not the work tree; before the first commit too', async () => {
    const made = fresh()
    writeFileSync(join(made.folder, 'a'), 'staged')
    made.run('add', 'a')
    writeFileSync(join(made.folder, 'a'), 'later')
    writeFileSync(join(made.folder, 'b'), 'never added')
    expect(await read([made, staged])).toEqual([{ path: 'a', text: 'staged', commit: undefined }])
    made.run('commit', '--quiet', '--message', 'first')
    expect(await read([made, staged])).toEqual([])
  })

  it('knows every name, and leaves out deletions and submodules', async () => {
    const made = fresh()
    commit(made, { gone: 'gone', 'dir/kept': 'kept' })
    const names = ['a b', 'new\nline', '"quoted"', 'tab\there', ':colon', 'é', '-dash']
    for (const name of names) writeFileSync(join(made.folder, name), name)
    writeFileSync(Buffer.from(`${made.folder}/\xff\xfe`, 'latin1'), 'no UTF-8')
    symlinkSync('somewhere', join(made.folder, 'link'))
    rmSync(join(made.folder, 'gone'))
    const inner = initialised(join(made.folder, 'inner').replace(/$/, () => (mkdirSync(join(made.folder, 'inner')), '')))
    commit(inner, { own: 'of the submodule' })
    made.run('add', '--all')
    const found = await read([made, staged])
    expect(found.map(({ path }) => path).toSorted()).toEqual([...names, 'link', '\ufffd\ufffd'].toSorted())
    expect(found.find(({ path }) => path === 'new\nline')?.text).toBe('new\nline')
    expect(found.map(({ text }) => text)).not.toContain('of the submodule')
  })

  it('is the index that git names: one of its own for `git commit FILE`', async () => {
    const made = fresh()
    commit(made, { a: '1', b: '1' })
    writeFileSync(join(made.folder, 'a'), '2')
    const other = repositoryAt(made.folder, { GIT_INDEX_FILE: join(made.folder, '.git', 'other-index') })
    other.run('read-tree', 'HEAD')
    other.run('add', 'a')
    expect(await texts([other, staged])).toEqual(['2'])
    expect(await texts([made, staged])).toEqual([])
  })

  it('is that of the work tree one stands in', async () => {
    const made = fresh()
    commit(made, { a: '1' })
    const second = join(open.make(), 'second')
    made.run('worktree', 'add', '--quiet', second)
    writeFileSync(join(second, 'new'), 'in the second')
    const linked = repositoryAt(second)
    linked.run('add', 'new')
    expect(await texts([linked, staged])).toEqual(['in the second'])
    expect(await texts([made, staged])).toEqual([])
  })
})

describe('history', () => {
  it('is every blob of every ref once, with the commit that first brought it', async () => {
    const made = fresh()
    const first = commit(made, { a: 'one', copy: 'one' })
    const second = commit(made, { a: 'two', 'dir/b': 'other' })
    made.run('checkout', '--quiet', '-b', 'side', first)
    const side = commit(made, { c: 'side', again: 'other' })
    made.run('checkout', '--quiet', 'main')
    made.run('branch', '--quiet', '-m', 'side', 'renamed/side')
    made.run('tag', '--annotate', '--message', 'x', 'v1', side)
    rmSync(join(made.folder, 'a'))
    commit(made, {})
    const found = await read([made, history])
    expect(found.map(({ text }) => text).toSorted()).toEqual(['one', 'other', 'side', 'two'])
    const by = Object.fromEntries(found.map(({ text, commit: id }) => [text, id]))
    expect(by).toMatchObject({ one: first, two: second, side })
  })

  it('has what only a merge holds, a stash, a work tree’s own HEAD, and tags that name a blob or a folder', async () => {
    const made = fresh()
    commit(made, { a: 'base' })
    made.run('checkout', '--quiet', '-b', 'left')
    commit(made, { a: 'left' })
    made.run('checkout', '--quiet', 'main')
    commit(made, { a: 'right' })
    spawnSync('git', ['merge', 'left'], { cwd: made.folder, env: made.env })
    const merge = commit(made, { a: 'only in the merge' })
    expect(made.run('rev-list', '--parents', '-1', merge).split(' ')).toHaveLength(3)
    writeFileSync(join(made.folder, 'a'), 'stashed')
    made.run('stash')
    const second = join(open.make(), 'second')
    made.run('worktree', 'add', '--quiet', '--detach', second)
    commit(repositoryAt(second), { d: 'detached' })
    writeFileSync(join(made.folder, 'loose'), 'tagged blob')
    made.run('tag', 'blob', made.run('hash-object', '-w', 'loose'))
    writeFileSync(join(made.folder, 'loose'), 'tagged folder')
    made.run('add', 'loose')
    made.run('tag', '--annotate', '--message', 'x', 'tree', made.run('write-tree'))
    made.run('reset', '--quiet', '--hard')
    expect(await texts([made, history])).toEqual(
      ['base', 'detached', 'left', 'only in the merge', 'right', 'stashed', 'tagged blob', 'tagged folder'].toSorted(),
    )
  })

  it.each([
    ['a bare repository', ['--bare']],
    ['a repository of SHA-256', ['--object-format=sha256']],
  ])('of %s', async (_, options) => {
    const made = fresh()
    const other = fresh(...options)
    if (options.includes('--bare')) {
      commit(made, { a: 'one' })
      made.run('push', '--quiet', other.folder, 'main')
    } else commit(other, { a: 'one' })
    const found = await read([other, history])
    expect(found).toMatchObject([{ path: 'a', text: 'one' }])
    expect(found[0]?.commit).toHaveLength(options.includes('--bare') ? 40 : 64)
  })

  it('of a repository without a commit is empty, of a shallow one what is there', async () => {
    expect(await read([fresh(), history])).toEqual([])
    const made = fresh()
    commit(made, { a: 'old' })
    commit(made, { a: 'new', b: 'beside' })
    const shallow = join(open.make(), 'shallow')
    made.run('clone', '--quiet', '--depth', '1', `file://${made.folder}`, shallow)
    expect(await texts([repositoryAt(shallow), history])).toEqual(['beside', 'new'])
  })

  it('has blobs of any length, and is refused where a partial clone left some out', async () => {
    const made = fresh()
    writeFileSync(join(made.folder, 'huge'), Buffer.alloc(WHOLE + 1))
    writeFileSync(join(made.folder, 'large'), Buffer.alloc(WHOLE))
    commit(made, { small: 'small' })
    const found = await read([made, history])
    expect(Object.fromEntries(found.map(({ path, text }) => [path, text.length > 100 ? text.length : text]))).toEqual({
      huge: `long: ${WHOLE + 1}`,
      large: WHOLE,
      small: 'small',
    })
    made.run('config', 'uploadpack.allowFilter', 'true')
    const partial = join(open.make(), 'partial')
    made.run('clone', '--quiet', '--no-checkout', '--filter=blob:none', `file://${made.folder}`, partial)
    await expect(read([repositoryAt(partial), history])).rejects.toMatchObject({ code: 'KR_GIT_PARTIAL' })
  })
})

describe('a range', () => {
  it('has what its commits brought, what a later one took away included', async () => {
    const made = fresh()
    const base = commit(made, { a: 'base' })
    commit(made, { a: 'key' })
    commit(made, { a: 'clean' })
    expect(await texts([made, range(`${base}..HEAD`)])).toEqual(['clean', 'key'])
    expect(await texts([made, range(`${base}..`)])).toEqual(['clean', 'key'])
    expect(await texts([made, range('HEAD~1...main')])).toEqual(['clean'])
  })

  it.each(['main', 'none..main', 'main..', '--all..--all', '--output=x..main', '..--exec=x', 'main..main:a'])(
    'refuses or empties %s without harm',
    async (written) => {
      const made = fresh()
      commit(made, { a: 'base' })
      const outcome = await texts([made, range(written)]).catch((error: { readonly code: string }) => error.code)
      expect(outcome).toEqual(written === 'main..' ? [] : 'KR_SCAN_RANGE')
      expect(existsSync(join(made.folder, 'x'))).toBe(false)
    },
  )

  it('is refused where a shallow clone cuts it, and not where it does not', async () => {
    const made = fresh()
    const base = commit(made, { a: 'base' })
    for (const text of ['one', 'two', 'three']) commit(made, { a: text })
    const shallow = join(open.make(), 'shallow')
    made.run('clone', '--quiet', '--depth', '2', `file://${made.folder}`, shallow)
    const clone = repositoryAt(shallow)
    clone.run('fetch', '--quiet', '--depth', '1', 'origin', base)
    await expect(read([clone, range(`${base}..HEAD`)])).rejects.toMatchObject({ code: 'KR_SCAN_CUT' })
    expect(await texts([clone, range('HEAD~1..HEAD')])).toEqual(['three'])
  })
})

describe('a push', () => {
  it('sends what the remote is not known to have', async () => {
    const made = fresh()
    const base = commit(made, { a: 'base' })
    const remote = open.make()
    made.run('init', '--quiet', '--bare', remote)
    made.run('remote', 'add', 'origin', remote)
    made.run('push', '--quiet', 'origin', 'main')
    const tip = commit(made, { b: 'new' })
    const zero = '0'.repeat(40)
    const line = (local: string, theirs: string): string => `refs/heads/main ${local} refs/heads/main ${theirs}\n`
    expect(await texts([made, push('origin', line(tip, base))])).toEqual(['new'])
    // A new branch there: everything that no branch of this remote has.
    expect(await texts([made, push('origin', line(tip, zero))])).toEqual(['new'])
    expect(await texts([made, push('elsewhere', line(tip, zero))])).toEqual(['base', 'new'])
    // An id that only the remote knows helps nothing and harms nothing.
    expect(await texts([made, push('elsewhere', line(tip, 'f'.repeat(40)))])).toEqual(['base', 'new'])
    expect(await texts([made, push('origin', `(delete) ${zero} refs/heads/x ${base}\n`)])).toEqual([])
    expect(await texts([made, push('--all', `x --all y ${zero}\n`)])).toEqual([])
  })
})

describe('git', () => {
  it('starts nothing that the repository names', async () => {
    const made = fresh()
    const trap = join(made.folder, '.git', 'trap')
    writeFileSync(trap, `#!/bin/sh\ntouch '${trap}.sprung'\ncat\n`)
    chmodSync(trap, 0o755)
    for (const name of ['core.fsmonitor', 'diff.external', 'diff.trap.textconv', 'diff.trap.command', 'gpg.program', 'core.pager', 'core.sshCommand'])
      made.run('config', name, trap)
    made.run('config', 'log.showSignature', 'true')
    made.run('config', 'diff.relative', 'true')
    made.run('config', 'diff.renames', 'copies')
    made.run('config', 'log.showRoot', 'false')
    made.run('config', 'color.ui', 'always')
    rmSync(`${trap}.sprung`, { force: true })
    writeFileSync(join(made.folder, '.gitattributes'), '* diff=trap\n')
    const plain = repositoryAt(made.folder, {
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: 'false',
      GIT_CONFIG_KEY_1: 'core.hooksPath',
      GIT_CONFIG_VALUE_1: '/dev/null',
    })
    commit(plain, { 'dir/a': 'one' })
    writeFileSync(join(made.folder, 'dir/b'), 'staged')
    plain.run('add', '--all')
    const below = repositoryAt(join(made.folder, 'dir'))
    expect(await texts([below, history])).toEqual(['* diff=trap\n', 'one'])
    expect(await texts([below, staged])).toEqual(['staged'])
    expect(existsSync(`${trap}.sprung`)).toBe(false)
  })

  it('is refused in words of ours: no repository, a broken one, no git', async () => {
    await expect(read([repositoryAt(open.make()), history])).rejects.toMatchObject({ code: 'KR_GIT_NONE' })
    const made = fresh()
    commit(made, { a: 'one' })
    const tree = made.run('rev-parse', 'HEAD^{tree}')
    rmSync(join(made.folder, '.git', 'objects', tree.slice(0, 2), tree.slice(2)))
    await expect(read([made, history])).rejects.toMatchObject({ code: 'KR_GIT_FAILED' })
    const nowhere = repositoryAt(made.folder, { PATH: made.folder })
    await expect(read([nowhere, history])).rejects.toMatchObject({ code: 'KR_GIT_MISSING' })
  })

  it('is stopped when the reader fails, and what it threw comes through', async () => {
    const made = fresh()
    commit(made, Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${at}`, `${at}\n`.repeat(2_000)])))
    const fail = (): never => {
      throw new Error('of the reader')
    }
    await expect(history(made.git, { whole: fail, long: fail })).rejects.toThrow('of the reader')
  })
})

describe('many blobs', () => {
  it('are each read once, and what they hold is told in the order listed', async () => {
    const made = fresh()
    const names = Array.from({ length: 2_000 }, (_, at) => `f${String(at).padStart(4, '0')}`)
    // The first ones are long, so that whoever reads the last ones is done earlier.
    commit(made, Object.fromEntries(names.map((name, at) => [name, `${at < 200 ? 'x'.repeat(100_000) : ''}\nkey: ${fakeKeyOf(name)}\n`])))
    const asked: string[] = []
    const { hits, pieces } = await scanGit(
      (...args) => {
        asked.push(args[0] ?? '')
        return made.git(...args)
      },
      history,
      inspectorWith(),
    )
    expect(pieces).toBe(2_000)
    expect(hits.map(({ at }) => at.path)).toEqual(names)
    expect(asked.filter((command) => command === 'cat-file')).toHaveLength(2)
  })
})

describe('answers of git', () => {
  const asked = (): Blob[] => ['a', 'b', 'c', 'd'].map((path, nth) => ({ oid: path, path, commit: null, nth }))
  const output = Buffer.from('1 blob 5\n12345\n2 tree 3\nabc\n3 blob 0\n\n4 blob 2\n\n\n\n')

  it.each([1, 2, 3, 5, 7, 64])('are taken apart whatever the pieces, here of %i bytes', (size) => {
    const found: string[] = []
    const take = answersTo(asked(), {
      whole: ({ path }, bytes) => void found.push(`${path}=${bytes.toString()}`),
      long: () => ({ push: () => undefined, end: () => undefined }),
    })
    for (let at = 0; at < output.length; at += size) take(output.subarray(at, at + size))
    expect(found).toEqual(['a=12345', 'c=', 'd=\n\n'])
  })

  it('that name nothing asked for, or something missing, end it', () => {
    const reader = { whole: () => undefined, long: () => ({ push: () => undefined, end: () => undefined }) }
    expect(() => answersTo([], reader)(output)).toThrow(expect.objectContaining({ code: 'KR_GIT_PARTIAL' }) as Error)
    expect(() => answersTo(asked(), reader)(Buffer.from('1 missing\n'))).toThrow(expect.objectContaining({ code: 'KR_GIT_PARTIAL' }) as Error)
  })
})
