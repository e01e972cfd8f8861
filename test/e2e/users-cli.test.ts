import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { openControl } from '../support/control.ts'
import { openPlace, type Place } from '../support/sallyport.ts'
import { openVisitor } from '../support/visitor.ts'

const [small] = backends
const YAML = 'identity: { passwords: { breach: { mode: "off" } } }\n'
const password = `correct horse ${randomBytes(8).toString('hex')}`

describe('people on the command line', { timeout: 120_000 }, () => {
  let world: World
  let place: Place

  beforeAll(async () => {
    world = await (small as NonNullable<typeof small>).open()
    place = await openPlace(world, YAML)
  })
  afterAll(() => world?.close())

  it('the first administrator is made with a password from standard input, and signs in', async () => {
    const args = [
      'users',
      'create',
      '--email',
      'Ada@Example.com',
      '--role',
      'super_admin',
      '--password-stdin',
      '--json',
    ]
    const made = await place.command(args, `${password}\n`)
    expect(made.code, made.stderr).toBe(0)
    const person = JSON.parse(made.stdout)
    expect(person).toMatchObject({ email: 'Ada@example.com', roles: ['super_admin'], password: null })
    expect(person.verifiedAt).not.toBeNull()
    const control = await openControl(world, { issuerHost: '127.0.0.1' })
    const visitor = openVisitor(control.url)
    const answer = await visitor.post('/v1/auth/login', { email: 'ada@example.com', password })
    expect(answer.body).toMatchObject({ next: 'done' })
    expect((await place.command(['users', 'sessions', person.id])).stdout).toContain('Firefox on Linux')
    expect((await place.command(['users', 'end-sessions', person.id])).stdout).toContain('Sessions ended: 1.')
    expect((await visitor.get('/v1/account')).status).toBe(401)
    await control.stop()
    const erased = await place.command(['users', 'erase', person.id, '--yes'])
    expect([erased.code, erased.stderr]).toEqual([1, expect.stringContaining('LAST_ADMIN')])
  })

  it('somebody is made, listed, shown, changed, kept out and let in, and erased', async () => {
    const made = await place.command(['users', 'create', '--email', 'bob@example.com', '--name', 'Bob', '--one-time'])
    const [id = '', oneTime] = made.stdout.split('\n')
    expect(id).toMatch(/^usr_/)
    expect(oneTime).toMatch(/^\w{5}-/)
    expect((await place.command(['users', 'list', '--email', 'bob'])).stdout).toMatch(
      /active +user +bob@example.com +Bob/,
    )
    expect((await place.json(['users', 'show', id])).name).toBe('Bob')
    expect((await place.command(['users', 'change', id, '--role', 'analyst'])).stdout).toContain('roles analyst')
    expect((await place.command(['users', 'change', id])).code).toBe(2)
    expect((await place.command(['users', 'disable', id])).stdout).toContain('is disabled')
    expect((await place.command(['users', 'enable', id])).stdout).toContain('is enabled')
    expect((await place.json(['users', 'lock', id, '--until', '2099-01-01T00:00:00Z'])).lockedUntil).toBe(
      '2099-01-01T00:00:00.000Z',
    )
    expect((await place.command(['users', 'list', '--status', 'locked'])).stdout).toContain('locked until 2099')
    expect((await place.command(['users', 'unlock', id])).stdout).toContain('is unlocked')
    expect((await place.command(['users', 'reset-password', id])).stdout).toContain('was mailed')
    expect((await place.json(['users', 'reset-password', id, '--one-time'])).password).toMatch(/^\w{5}-/)
    expect((await place.command(['users', 'erase', id])).code).toBe(2)
    expect((await place.command(['users', 'erase', id, '--yes'])).stdout).toContain(`${id} is erased.`)
    expect((await place.command(['users', 'show', id])).stderr).toContain('USER_UNKNOWN')
  })

  it('people are brought from a file; a fault names its line, and nobody is brought', async () => {
    const file = join(world.dataDir, 'people.jsonl')
    const good =
      '{"email":"cleo@example.com","passwordHash":"$2b$04$VHbCJ92f7RhbNJMyF.Pcjee7BYEN.NmiGrcmY3xxQ92VzWz6WKC1y"}'
    await writeFile(file, `${good}\n\n{"email":"dan@example.com","passwordHash":"md5:0123"}\n`)
    const refused = await place.command(['users', 'import', file])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('line 3, passwordHash')
    expect(refused.stderr).toContain('Nobody was imported.')
    const brought = await place.command(['users', 'import', '-', '--json'], good)
    expect(JSON.parse(brought.stdout)).toMatchObject({ imported: 1 })
  })

  it.each([
    [['users', 'create'], 'needs --email'],
    [['users', 'create', '--email', 'ada'], 'INPUT_INVALID'],
    [['users', 'create', '--email', 'e@example.com', '--role', 'king'], 'there is no role "king"'],
    [['users', 'create', '--email', 'e@example.com', '--password-stdin'], 'begins with an empty line'],
    [['users', 'create', '--email', 'e@example.com', '--password-stdin', '--one-time'], 'say one of them'],
    [['users', 'import', 'missing.jsonl'], 'cannot be read'],
    [['users', 'list', '--status', 'happy'], '--status'],
  ])('%j is wrong usage, said in words, with exit code 2', async (args, words) => {
    const answer = await place.command(args)
    expect([answer.code, answer.stderr]).toEqual([2, expect.stringContaining(words)])
  })
})
