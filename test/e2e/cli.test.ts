import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { openPlace, type Place, type RunningSallyport } from '../support/sallyport.ts'

const [sqlite] = backends

describe('the command line', () => {
  let world: World
  let place: Place

  beforeAll(async () => {
    world = await (sqlite as NonNullable<typeof sqlite>).open()
    place = await openPlace(world)
  })

  afterAll(() => world?.close())

  it('says what there is, and what each command takes, with examples', async () => {
    const overview = await place.command(['--help'])
    expect(overview.code).toBe(0)
    for (const word of ['init', 'serve', 'keys create', 'services create', 'audit verify', 'explain', 'migrate up']) {
      expect(overview.stdout).toContain(word)
    }
    const help = await place.command(['keys', 'create', '--help'])
    expect(help.stdout).toContain('--allow-ip')
    expect(help.stdout).toContain('Examples:')
  })

  it('looks at no database that is not there, and makes none', async () => {
    const data = join(world.dataDir, 'nowhere')
    const bin = fileURLToPath(new URL('../../bin/sallyport.js', import.meta.url))
    const { status, stdout } = spawnSync(process.execPath, [bin, 'migrate', 'status', '--data', data], {
      cwd: world.dataDir,
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
    })
    expect(stdout).toContain(`There is no database at ${data}`)
    expect(status).toBe(1)
    expect(existsSync(data)).toBe(false)
  })

  it.each([
    [['keyz', 'list'], 'Did you mean "keys"'],
    [['keys', 'lst'], 'There is no keys command "lst"'],
    [['keys', 'create'], 'needs --name'],
    [['keys', 'create', '--name', 'x', '--surprise'], '--surprise'],
    [['keys', 'create', '--name', 'x', '--expires', 'soon'], '30d'],
    [['keys', 'show'], 'takes ID'],
    [['keys', 'list', '--limit', 'many'], 'whole number'],
    [['serve', '--role', 'king'], 'all, control, gateway'],
    [['serve', '--workers', '4'], 'not available'],
    [['keys', 'list', '--server', 'nonsense'], 'takes a URL'],
    [['keys', 'list', '--server', 'http://127.0.0.1:1'], '--key'],
    [['keys', 'list', '--server', 'http://127.0.0.1:1', '--key', 'x'], 'does not answer'],
    [['audit', 'verify', '--export', 'x'], '--public-key'],
    [['audit', 'verify', '--export', 'missing.jsonl', '--public-key', 'x'], 'missing.jsonl'],
    [['keys', 'list', '--limit', '1000'], 'INPUT_INVALID'],
    [['keys', 'list', '--limit', '1000'], '  --limit: '],
    [['audit', 'search', '--since', 'yesterday'], '  --since: '],
    [['explain', 'GET', 'nonsense'], 'nonsense'],
  ])('%j is wrong usage, said in words, with exit code 2', async (args, words) => {
    const answer = await place.command(args)
    expect(answer.code).toBe(2)
    expect(answer.stderr).toContain(words)
    expect(answer.stdout).toBe('')
  })

  it('says everything that is wrong with a configuration, with its place, and exit code 2', async () => {
    const file = join(world.dataDir, 'wrong.yaml')
    await writeFile(
      file,
      'contol: { port: 1 }\ngateway:\n  routes:\n    - { id: a, match: { path: /a }, upstream: nowhere }\n',
    )
    const answer = await place.command(['config', 'check', '--config', file])
    expect(answer.code).toBe(2)
    expect(answer.stdout).toMatch(/wrong\.yaml:1:1: contol/)
    expect(answer.stdout).toContain('control')
    expect(answer.stdout).toMatch(/wrong\.yaml:4:\d+: gateway\.routes\[0\]/)
    const json = await place.command(['config', 'check', '--config', file, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, problems: expect.any(Array) })
    const served = await place.command(['serve', '--config', file])
    expect(served.code).toBe(2)
  })

  it('says of a configuration that is right what may not be meant', async () => {
    const file = join(world.dataDir, 'doubtful.yaml')
    await writeFile(
      file,
      `gateway:
  upstreams: { a: { targets: ["http://127.0.0.1:1"] } }
  routes:
    - { id: a, match: { path: /a }, upstream: a, public: true, limits: [{ by: "header:X-A", max: 1, per: minute }] }
`,
    )
    const answer = await place.command(['config', 'check', '--config', file])
    expect(answer.code).toBe(0)
    expect(answer.stdout).toMatch(/^gateway\.routes: a counts by headers alone[^\n]*\n[^\n]*is right\.\n$/)
    const json = await place.command(['config', 'check', '--config', file, '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, problems: [], warnings: [expect.any(String)] })
  })

  it('init writes a configuration that is right, and never over one that is there', async () => {
    const dir = await openPlace({ ...world, dataDir: world.dataDir })
    const before = await readFile(join(world.dataDir, 'sallyport.yaml'), 'utf8')
    const again = await dir.command(['init', '--yes'])
    expect(again.code).toBe(2)
    expect(await readFile(join(world.dataDir, 'sallyport.yaml'), 'utf8')).toBe(before)
  })

  it('is a process that answers with its exit code, reads standard input, and ends', async () => {
    const { key } = await place.json(['keys', 'create', '--name', 'piped'])
    const [overview, valid, unknown, wrong] = await Promise.all([
      place.spawn(['--help']),
      place.spawn(['keys', 'verify', '-'], `${key}\n`),
      place.spawn(['keys', 'show', `key_${'0'.repeat(24)}`, '--json']),
      place.spawn(['keys', 'list', '--limit', 'many']),
    ])
    expect(overview).toMatchObject({ code: 0, stdout: expect.stringContaining('keys create'), stderr: '' })
    expect(valid).toMatchObject({ code: 0, stdout: 'VALID\n', stderr: '' })
    expect([unknown.code, JSON.parse(unknown.stdout).code]).toEqual([1, 'KEY_UNKNOWN'])
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('whole number') })
  })

  it('prints one JSON document and nothing else with --json', async () => {
    const answer = await place.command(['keys', 'create', '--name', 'json', '--json'])
    expect(JSON.parse(answer.stdout)).toMatchObject({
      key: expect.stringMatching(/^sp_live_/),
      id: expect.stringMatching(/^key_/),
    })
    const refused = await place.command(['keys', 'show', `key_${'0'.repeat(24)}`, '--json'])
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.stdout)).toMatchObject({ code: 'KEY_UNKNOWN' })
  })

  it('verifies a key from standard input, with exit code 1 when it is not valid', async () => {
    const { key, id } = await place.json(['keys', 'create', '--name', 'stdin', '--scope', 'a'])
    expect((await place.command(['keys', 'verify', '-', '--scope', 'a'], `${key}\n`)).code).toBe(0)
    expect((await place.command(['keys', 'verify', String(key), '--scope', 'b'])).code).toBe(1)
    await place.json(['keys', 'suspend', String(id)])
    expect((await place.command(['keys', 'verify', '-'], String(key))).stdout).toContain('KEY_SUSPENDED')
  })

  it('works on a server elsewhere as on the local store', async () => {
    const { key } = await place.json(['keys', 'create', '--name', 'remote', '--permission', '*'])
    const server: RunningSallyport = await place.serve({ role: 'control' })
    const there = ['--server', server.control, '--key', String(key)]
    try {
      const { id } = await place.json(['keys', 'create', '--name', 'over there', ...there])
      expect(await place.json(['keys', 'show', String(id)])).toMatchObject({ name: 'over there' })
      expect((await place.command(['keys', 'revoke', String(id), ...there])).stdout).toContain('revoked')
      expect((await place.command(['audit', 'verify', ...there])).stdout).toContain('as they were written')
      const exported = await place.command(['audit', 'export', ...there])
      expect(exported.stdout).toContain('key.revoked')
    } finally {
      await server.stop()
    }
  })

  it('says in one sentence why it cannot start, with exit code 2', async () => {
    const server = await place.serve({ role: 'control' })
    const { port } = new URL(server.control)
    const taken = await openPlace(world, `control: { port: ${port} }`)
    try {
      const env = { SALLYPORT_CONTROL_PORT: port }
      await expect(taken.serve({ role: 'control', env })).rejects.toThrow(
        /ended with 2.*\n.*is taken by another program/s,
      )
    } finally {
      await server.stop()
    }
  })

  it('a gateway alone serves health and metrics on its control port, and nothing else', async () => {
    const server = await place.serve({ role: 'gateway' })
    try {
      expect((await fetch(`${server.control}/readyz`)).status).toBe(200)
      expect(await (await fetch(`${server.control}/metrics`)).text()).toContain('api_requests_total')
      expect((await fetch(`${server.control}/v1/keys`)).status).toBe(404)
    } finally {
      await server.stop()
    }
  })

  it('rotates its own secrets, and everything still opens', async () => {
    const { key } = await place.json(['keys', 'create', '--name', 'before rotation'])
    expect((await place.command(['secrets', 'rotate'])).code).toBe(0)
    expect((await place.command(['secrets', 'rotate', '--pepper'])).stdout).toContain('new version, 2')
    expect(await place.json(['keys', 'verify', String(key)])).toMatchObject({ valid: true })
    expect(await place.json(['keys', 'verify', String(key)])).toMatchObject({ valid: true })
    const told = await place.json(['audit', 'search', '--type', 'secrets.rotated'])
    expect(told.items).toMatchObject([{ details: { what: 'pepper' } }, { details: { what: 'data' } }])
    expect(await place.json(['secrets', 'status'])).toMatchObject({ masters: [{ version: 1, kind: 'generated' }] })
  })

  it('an export verifies anywhere with the public key, and one changed character in it is found', async () => {
    const file = join(world.dataDir, 'events.jsonl')
    const { stdout } = await place.command(['audit', 'export'])
    const key = (await place.command(['audit', 'key'])).stdout.trim()
    await writeFile(file, stdout)
    expect((await place.command(['audit', 'verify', '--export', file, '--public-key', key])).code).toBe(0)
    await writeFile(file, stdout.replace('"resource":"key_', '"resource":"key-'))
    const found = await place.command(['audit', 'verify', '--export', file, '--public-key', key])
    expect(found.code).toBe(1)
    expect(found.stdout).toContain('altered')
  })

  it('audit verify ends with 1 and names the first bad event after somebody edited the database by hand', async () => {
    const { items } = (await place.json(['audit', 'search', '--type', 'key.created', '--limit', '1'])) as {
      items: { id: string }[]
    }
    const [event] = items
    const database = new DatabaseSync(world.databaseUrl.slice('sqlite:'.length))
    expect(() => database.exec(`update event set body = body || ' '`)).toThrow('stay')
    for (const { name } of database
      .prepare(`select name from sqlite_master where type = 'trigger' and tbl_name = 'event'`)
      .all()) {
      database.exec(`drop trigger "${name}"`)
    }
    database
      .prepare(`update event set body = replace(body, 'success', 'Success') where body like ?`)
      .run(`%${event?.id}%`)
    database.close()
    const found = await place.command(['audit', 'verify', '--json'])
    expect(found.code).toBe(1)
    expect(JSON.parse(found.stdout)).toMatchObject({
      ok: false,
      first: { problem: 'altered', sentence: expect.stringContaining(String(event?.id)) },
    })
  })
})
