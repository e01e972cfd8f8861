import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import type { CommandAnswer } from '../support/command-line.ts'
import { openPlace, type Place } from '../support/sallyport.ts'

const [sqlite] = backends
const run = promisify(execFile)

type Finding = { [name: string]: unknown; fingerprint: string; keyId: string; path: string }
type Report = {
  findings: Finding[]
  scanned: Record<string, number>
  unread: unknown[]
  remarks: string[]
  known: number
}

describe('keys scan', () => {
  let world: World
  let place: Place
  let live: { key: string; id: string }
  let test: { key: string; id: string }

  beforeAll(async () => {
    world = await (sqlite as NonNullable<typeof sqlite>).open()
    place = await openPlace(world)
    const made = async (env: string) =>
      (await place.json(['keys', 'create', '--name', env, '--env', env])) as { key: string; id: string }
    live = await made('live')
    test = await made('test')
  })

  afterAll(() => world?.close())

  const folder = () => mkdtemp(join(world?.dataDir ?? tmpdir(), 'scan-'))
  const scan = (...args: string[]) => place.command(['keys', 'scan', ...args])
  const report = async (...args: string[]): Promise<Report> => JSON.parse((await scan(...args, '--json')).stdout)
  const lookAlike = () => `${live.key.slice(0, -1)}${live.key.endsWith('0') ? '1' : '0'}`
  const quiet = ({ stdout, stderr }: CommandAnswer) => {
    expect(stdout + stderr).not.toContain(live.key.slice(-44))
    expect(stdout + stderr).not.toContain(test.key.slice(-27))
  }

  /** A repository in which a live key was committed and taken out again. */
  async function repository(): Promise<{ dir: string; git: (...args: string[]) => Promise<string>; first: string }> {
    const dir = await folder()
    const env = { PATH: process.env.PATH, HOME: dir, GIT_CONFIG_NOSYSTEM: '1' }
    const dates = { GIT_AUTHOR_DATE: '2026-01-02T03:04:05+00:00', GIT_COMMITTER_DATE: '2026-01-02T03:04:05+00:00' }
    const named = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
    const git = async (...args: string[]) =>
      (await run('git', [...named, ...args], { cwd: dir, env: { ...env, ...dates } })).stdout.trim()
    await git('init', '-q', '-b', 'main')
    await mkdir(join(dir, 'conf'))
    await writeFile(join(dir, 'conf', 'app.env'), `# settings\nKEY=${live.key}\n`)
    await git('add', '.')
    await git('commit', '-q', '-m', 'settings')
    const first = await git('rev-parse', 'HEAD')
    for (const text of ['nothing here', `later ${lookAlike()}`, 'clean']) {
      await writeFile(join(dir, 'conf', 'app.env'), `${text}\n`)
      await git('commit', '-q', '-am', text.slice(0, 5))
    }
    return { dir, git, first }
  }

  it('finds a key in a file, names file, line and column, never shows the key, and ends with 1', async () => {
    const dir = await folder()
    await mkdir(join(dir, 'src'))
    await writeFile(join(dir, 'src', 'a.ts'), `const a = 1\nconst key = "${live.key}"\n`)
    const answer = await scan(dir)
    expect(answer.code).toBe(1)
    expect(answer.stdout).toContain(`${join(dir, 'src', 'a.ts')}:2:14: error: ${live.key.slice(0, 14)}…`)
    expect(answer.stdout).toContain(live.id)
    quiet(answer)
  })

  it('does not report a look-alike with a wrong checksum, and ends with 0', async () => {
    const dir = await folder()
    await writeFile(join(dir, 'a.txt'), `${lookAlike()}\n${live.key.slice(0, -2)}\nsp_live_\n`)
    const answer = await scan(dir)
    expect(answer).toMatchObject({ code: 0 })
    expect(answer.stdout).toContain('No key in 1 file')
  })

  it('finds a key that was committed once and taken out since, with the commit and its date', async () => {
    const { dir, first } = await repository()
    const answer = await scan(dir)
    expect(answer.code).toBe(1)
    expect(answer.stdout).toContain(`in commit ${first.slice(0, 12)} of 2026-01-02T03:04:05+00:00`)
    quiet(answer)
    const { findings, scanned } = await report(dir)
    expect(findings).toEqual([
      expect.objectContaining({
        place: 'history',
        path: join(dir, 'conf', 'app.env'),
        line: 2,
        column: 5,
        commit: first,
        keyId: live.id,
        level: 'error',
      }),
    ])
    expect(scanned.objects).toBe(8)
    expect(await scan(dir, '--no-git')).toMatchObject({ code: 0 })
    expect((await report(join(dir, 'conf'))).findings).toEqual([])
    expect((await report(join(dir, 'conf'), '--git')).findings).toHaveLength(1)
  })

  it('looks through every branch, stash, tag, message and what is staged; a key that many versions carried is one finding', async () => {
    const { dir, git } = await repository()
    const texts = async (): Promise<string[]> =>
      (await report(dir)).findings.map(({ path, place, keyId }) => `${place} ${path.replace(`${dir}/`, '')} ${keyId}`)
    await git('checkout', '-q', '-b', 'side')
    for (const i of [1, 2, 3]) {
      await writeFile(join(dir, 'side.txt'), `${i} ${test.key}`)
      await git('add', '.')
      await git('commit', '-q', '-m', `side ${i}`)
    }
    await git('checkout', '-q', 'main')
    await writeFile(join(dir, 'conf', 'app.env'), `stashed ${test.key}`)
    await git('stash', '-q')
    await git('commit', '-q', '--allow-empty', '-m', `oops ${test.key}`)
    await git('tag', '-a', 'v1', '-m', `tagged ${test.key}`)
    await writeFile(join(dir, 'staged.txt'), `staged ${test.key}`)
    await git('add', 'staged.txt')
    await rm(join(dir, 'staged.txt'))
    expect((await texts()).sort()).toEqual(
      [
        `history (commit message) ${test.id}`,
        `history (tag v1) ${test.id}`,
        `history conf/app.env ${live.id}`,
        `history conf/app.env ${test.id}`,
        `history side.txt ${test.id}`,
        `history staged.txt ${test.id}`,
      ].sort(),
    )
  })

  it('finds keys in bytes that are no text, beyond the first megabyte and across the pieces it reads', async () => {
    const dir = await folder()
    const filling = Buffer.alloc(262_144 - 40, 0x00)
    await writeFile(join(dir, 'a.bin'), Buffer.concat([filling, Buffer.from(live.key), Buffer.alloc(3_000_000, 0xff)]))
    await writeFile(join(dir, 'b.bin'), Buffer.concat([Buffer.alloc(5_000_000, 0x0a), Buffer.from(live.key)]))
    const { findings, scanned } = await report(dir)
    expect(findings.map(({ line, column }) => [line, column])).toEqual([
      [1, 262_105],
      [5_000_001, 1],
    ])
    expect(scanned.bytes).toBeGreaterThan(8_000_000)
  })

  it('leaves out node_modules unless told otherwise, follows no link, and says what it could not read', async () => {
    const dir = await folder()
    const elsewhere = await folder()
    await writeFile(join(elsewhere, 'far.txt'), live.key)
    await mkdir(join(dir, 'node_modules', 'x'), { recursive: true })
    await writeFile(join(dir, 'node_modules', 'x', 'a.js'), live.key)
    await symlink(elsewhere, join(dir, 'link'))
    await symlink(join(elsewhere, 'far.txt'), join(dir, 'link.txt'))
    await run('mkfifo', [join(dir, 'pipe')])
    await writeFile(join(dir, 'closed.txt'), live.key)
    await chmod(join(dir, 'closed.txt'), 0)
    const mayReadAll = await readFile(join(dir, 'closed.txt')).then(
      () => true,
      () => false,
    )
    const usual = await report(dir)
    expect(usual.findings).toHaveLength(mayReadAll ? 1 : 0)
    expect(usual.unread).toHaveLength(mayReadAll ? 0 : 1)
    const all = await report(dir, '--all')
    expect(all.findings.map(({ path }) => path)).toContain(join(dir, 'node_modules', 'x', 'a.js'))
    expect(JSON.stringify(all)).not.toContain('far.txt')
  })

  it('tells test keys as notes, leaves out environments that were not asked for, and looks for other brands', async () => {
    const dir = await folder()
    await writeFile(join(dir, 'a.txt'), `${live.key} ${test.key}`)
    const { findings } = await report(dir)
    expect(findings.map(({ environment, level }) => `${environment} ${level}`)).toEqual(['live error', 'test note'])
    expect((await report(dir, '--env', 'test')).findings.map(({ keyId }) => keyId)).toEqual([test.id])
    expect((await report(dir, '--env', 'dev,int')).findings).toEqual([])
    expect((await report(dir, '--brand', 'acme')).findings).toEqual([])
  })

  it('a baseline leaves out what is known, and only that, also when lines moved', async () => {
    const dir = await folder()
    await writeFile(join(dir, 'a.txt'), live.key)
    const baseline = join(world.dataDir, 'baseline.json')
    await writeFile(baseline, (await scan(dir, '--json')).stdout)
    await writeFile(join(dir, 'a.txt'), `moved\n\n   ${live.key}`)
    const moved = await scan(dir, '--baseline', baseline)
    expect(moved.code).toBe(0)
    expect(moved.stdout).toContain('1 known finding')
    await writeFile(join(dir, 'b.txt'), live.key)
    expect((await report(dir, '--baseline', baseline)).findings.map(({ path }) => path)).toEqual([join(dir, 'b.txt')])
  })

  it('reads standard input, several paths, and counts what two of them reach once', async () => {
    const dir = await folder()
    await writeFile(join(dir, 'a.txt'), live.key)
    const piped = await place.command(['keys', 'scan', '-', '--json'], `x ${live.key}`)
    expect(JSON.parse(piped.stdout).findings).toMatchObject([{ path: '(stdin)', line: 1, column: 3 }])
    expect((await report(dir, join(dir, 'a.txt'))).findings).toHaveLength(1)
  })

  it('writes SARIF 2.1.0 with rule, place and a fingerprint that stays', async () => {
    const { dir, first } = await repository()
    await writeFile(join(dir, 'a b.txt'), `x ${test.key}`)
    const answer = await scan(dir, '--format', 'sarif')
    expect(answer.code).toBe(1)
    quiet(answer)
    const sarif = JSON.parse(answer.stdout)
    expect(sarif.version).toBe('2.1.0')
    const [only] = sarif.runs
    const rules = only.tool.driver.rules.map(({ id }: { id: string }) => id)
    expect(only.columnKind).toBe('unicodeCodePoints')
    expect(only.results).toHaveLength(2)
    for (const result of only.results) {
      expect(rules[result.ruleIndex]).toBe(result.ruleId)
      expect(['error', 'note']).toContain(result.level)
      expect(result.message.text).toMatch(/^The (live|test) key /)
      expect(result.partialFingerprints['sallyportKey/v1']).toMatch(/^[0-9a-f]{40}$/)
      const { artifactLocation, region } = result.locations[0].physicalLocation
      expect(artifactLocation.uri).toMatch(/^scan-[^/]+\/(a%20b\.txt|conf\/app\.env)$/)
      expect(region.startLine).toBeGreaterThan(0)
      expect(region.startColumn).toBeGreaterThan(0)
    }
    expect(only.results[1].properties).toMatchObject({ commit: first, keyId: live.id })
    const again = JSON.parse((await scan(dir, '--format', 'sarif')).stdout)
    expect(again.runs[0].results).toEqual(only.results)
  })

  it('asks the server by the id of the key whether it is still active, when told to', async () => {
    const dir = await folder()
    const gone = (await place.json(['keys', 'create', '--name', 'gone'])) as { key: string; id: string }
    await place.json(['keys', 'revoke', gone.id])
    await writeFile(join(dir, 'a.txt'), `${live.key}\n${gone.key}\n`)
    const { findings } = await report(dir, '--server-verify')
    expect(findings.map(({ status }) => status)).toEqual(['active', 'revoked'])
  })

  it('says of a shallow clone that not all of the history is there', async () => {
    const { dir } = await repository()
    const shallow = await folder()
    await run('git', ['clone', '-q', '--depth', '1', `file://${dir}`, join(shallow, 'clone')])
    const { remarks, findings } = await report(join(shallow, 'clone'))
    expect(findings).toEqual([])
    expect(remarks.join()).toContain('shallow')
  })

  it.each([
    [['no-such-path'], 'there is nothing there'],
    [['.', '--git'], 'git finds no repository'],
    [['.', '--git', '--no-git'], 'exclude each other'],
    [['.', '--format', 'xml'], 'text, json or sarif'],
    [['.', '--env', 'prod'], '"prod"'],
    [['.', '--brand', 'UPPER'], '--brand'],
    [['.', '--baseline', 'missing.json'], 'missing.json'],
    [['.', '--baseline', 'sallyport.yaml'], 'is no report'],
    [[], 'PATH'],
  ])('%j is wrong usage with exit code 2', async (args, words) => {
    const answer = await scan(...args)
    expect(answer.code).toBe(2)
    expect(answer.stderr).toContain(words)
    expect(answer.stdout).toBe('')
  })
})
