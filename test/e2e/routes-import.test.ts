import { existsSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'
import { openPlace, type Place } from '../support/sallyport.ts'

const vectors = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))
const PETSTORE = 'OAI_learn.openapis.org__examples__v3.0__petstore-expanded.yaml'
const TICTACTOE = 'OAI_learn.openapis.org__examples__v3.1__tictactoe.yaml'
const [smallest] = backends

type Written = { readonly gateway: { readonly routes: readonly Record<string, unknown>[] } }

describe('an OpenAPI document becomes routes in one command', { timeout: 120_000 }, () => {
  let world: World
  let place: Place
  let upstream: Server
  let address: string
  const seen: string[] = []

  beforeAll(async () => {
    world = await (smallest as NonNullable<typeof smallest>).open()
    upstream = createServer((incoming, response) => {
      seen.push(`${incoming.method} ${incoming.url}`)
      incoming.resume().on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
      })
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    place = await openPlace(world, '{}')
    await copyFile(join(vectors, 'openapi', PETSTORE), join(world.dataDir, 'pets.yaml'))
  })

  afterAll(async () => {
    upstream?.closeAllConnections()
    await new Promise((resolve) => upstream?.close(resolve))
    await world?.close()
  })

  const imported = async (document: string, ...more: string[]) => {
    const answer = await place.command(['routes', 'import', document, '--upstream', `pets=${address}`, ...more])
    const routes =
      answer.code === 0 && answer.stdout.startsWith('gateway:')
        ? new Map((parse(answer.stdout) as Written).gateway.routes.map((route) => [route.id, route]))
        : new Map()
    return { ...answer, routes }
  }
  const asFile = async (name: string, document: object) => {
    const file = join(world.dataDir, name)
    await writeFile(file, JSON.stringify({ openapi: '3.1.0', info: { title: 'T', version: '1' }, ...document }))
    return name
  }

  it('and they are validated, limited and refused as it says', async () => {
    const made = await imported(
      'pets.yaml',
      '--authenticate',
      'apiKey',
      '--limit',
      '6/hour',
      '--out',
      'pets-gateway.yaml',
    )
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).toContain('4 routes written to')
    const settings = await readFile(join(world.dataDir, 'pets-gateway.yaml'), 'utf8')
    const served = await openPlace(world, settings.replace('./pets.yaml', join(world.dataDir, 'pets.yaml')))
    expect(await served.command(['config', 'check'])).toMatchObject({ code: 0 })
    const key = JSON.parse((await served.command(['keys', 'create', '--name', 'petter', '--json'])).stdout)
      .key as string
    const control: Control = await openControl(world, { role: 'all', env: { ...served.env } })
    const send = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
      const answer = await fetch(control.serving.gateway + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      })
      return `${answer.status} ${((await answer.json()) as { code?: string }).code ?? ''}`.trim()
    }
    const known = { 'x-api-key': key, 'content-type': 'application/json' }
    try {
      expect(await send('GET', '/v2/pets')).toBe('401 CREDENTIAL_MISSING')
      expect(await send('GET', '/v2/pets?limit=3', known)).toBe('200')
      expect(await send('GET', '/v2/pets?limit=three', known)).toBe('400 PARAMETER_INVALID')
      expect(await send('POST', '/v2/pets', known, '{"tag":"x"}')).toBe('400 BODY_INVALID')
      expect(await send('POST', '/v2/pets', known, '{"name":"Rex"}')).toBe('200')
      expect(await send('GET', '/v2/pets/rex', known)).toBe('404 ROUTE_NOT_FOUND')
      expect(await send('PUT', '/v2/pets/7', known)).toBe('405 METHOD_NOT_ALLOWED')
      expect(await send('GET', '/v2/toys', known)).toBe('404 ROUTE_NOT_FOUND')
      expect(await send('GET', '/v2/pets/7', known)).toBe('200')
      expect(seen).toEqual(['GET /v2/pets?limit=3', 'POST /v2/pets', 'GET /v2/pets/7'])
      for (let i = 0; i < 4; i++) await send('GET', '/v2/pets', known)
      expect(await send('GET', '/v2/pets', known)).toBe('429 RATE_LIMITED')
    } finally {
      await control.stop()
    }
  })

  it('asks for the credentials and scopes that it names', async () => {
    const { code, routes, stderr } = await imported(join(vectors, 'openapi', TICTACTOE))
    expect(code).toBe(0)
    expect(stderr).toContain('board:read')
    expect([...routes.keys()]).toEqual(['get-board', 'get-square', 'put-square'])
    expect(routes.get('get-board')).toMatchObject({
      authenticate: ['apiKey', 'jwt', 'opaque'],
      require: { scopes: ['board:read'] },
      limits: [{ by: 'principal', max: 600, per: 'minute' }],
    })
    expect(routes.get('put-square')).toMatchObject({
      match: { path: '/board/{row}/{column}', methods: ['PUT'], parameters: { row: '[0-9]+', column: '[0-9]+' } },
      require: { scopes: ['board:write'] },
    })
  })

  it('refuses to guess who may call what it says nothing about, and writes nothing', async () => {
    const { code, stderr } = await imported('pets.yaml', '--out', 'guess.yaml')
    expect(code).toBe(2)
    expect(stderr).toContain('say with --authenticate what they ask for:\n  GET /pets\n  POST /pets')
    expect(existsSync(join(world.dataDir, 'guess.yaml'))).toBe(false)
  })

  it('makes public only what it declares so, and only when that is said', async () => {
    const responses = { 200: { description: 'OK' } }
    const get = (security: object[]) => ({ get: { security, responses } })
    const file = await asFile('open.json', {
      paths: { '/status': get([]), '/maybe': get([{}, { key: [] }]), '/orders': get([{ key: [] }]) },
      components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-API-Key' } } },
    })
    const silent = await imported(file, '--authenticate', 'apiKey')
    expect(silent.code).toBe(2)
    expect(silent.stderr).toContain('say --public-where-declared to make them so:\n  GET /status\n  GET /maybe')
    const { routes } = await imported(file, '--public-where-declared')
    expect(routes.get('get-status')).toMatchObject({ public: true, limits: [{ by: 'address' }] })
    expect(routes.get('get-maybe')).toMatchObject({ public: true })
    expect(routes.get('get-orders')).toMatchObject({ authenticate: ['apiKey'], require: { level: 'known' } })
  })

  it('names what it cannot make a route of, and why', async () => {
    const responses = { 200: { description: 'OK' } }
    const security = [{ key: [] }]
    const file = await asFile('odd.json', {
      paths: {
        '/files/{name}.pdf': { get: { security, responses } },
        '/a/{x}': { get: { security, responses }, trace: { security, responses } },
        '/a/{y}': { get: { security, responses } },
        '/both': { get: { security: [{ key: [], basic: [] }], responses } },
        '/basic': { get: { security: [{ basic: [] }], responses } },
      },
      components: {
        securitySchemes: {
          key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
          basic: { type: 'http', scheme: 'basic' },
        },
      },
    })
    const { code, stderr, routes } = await imported(file)
    expect(code).toBe(0)
    expect([...routes.keys()]).toEqual(['get-a-x'])
    for (const said of [
      'Left out: GET /files/{name}.pdf: its path',
      'Left out: TRACE /a/{x}: TRACE is passed on for nobody.',
      'Left out: GET /a/{y}: takes the same requests as GET /a/{x}.',
      'Left out: GET /both: asks for key and basic at once.',
      'Left out: GET /basic: asks for basic, which is no credential of ours; say with --security which.',
    ])
      expect(stderr).toContain(said)
    const chosen = await imported(file, '--security', 'basic=session')
    expect(chosen.routes.get('get-basic')).toMatchObject({ authenticate: ['session'] })
  })

  it('says since when deprecated operations are', async () => {
    const responses = { 200: { description: 'OK' } }
    const file = await asFile('old.json', { paths: { '/old': { get: { deprecated: true, responses } } } })
    const { routes } = await imported(file, '--authenticate', 'apiKey')
    expect(routes.get('get-old')?.lifecycle).toEqual({
      state: 'deprecated',
      deprecatedAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
    })
  })

  it('adds to a configuration, with its comments, and not twice', async () => {
    const file = join(world.dataDir, 'sallyport.yaml')
    await writeFile(file, '# ours\ngateway:\n  # none yet\n  routes: []\n')
    const first = await imported('pets.yaml', '--authenticate', 'apiKey', '--write')
    expect(first).toMatchObject({ code: 0 })
    const text = await readFile(file, 'utf8')
    expect(text).toContain('# ours')
    expect((parse(text) as Written).gateway.routes.map(({ id }) => id)).toEqual([
      'findPets',
      'addPet',
      'find-pet-by-id',
      'deletePet',
    ])
    expect((await imported('pets.yaml', '--authenticate', 'apiKey', '--write')).code).toBe(2)
    expect(await readFile(file, 'utf8')).toBe(text)
  })

  it.each([
    [[], '--upstream takes NAME=URL'],
    [['--upstream', 'pets'], '--upstream takes NAME=URL'],
    [['--upstream', 'pets=ftp://x', '--authenticate', 'apiKey'], 'gateway.upstreams.pets.targets[0]'],
    [['--upstream', 'pets=http://x:1', '--authenticate', 'password'], '--authenticate takes apiKey'],
    [['--upstream', 'pets=http://x:1', '--authenticate', 'apiKey', '--limit', 'many'], '--limit takes N/WINDOW'],
    [
      ['--upstream', 'pets=http://x:1', '--authenticate', 'apiKey', '--limit', '5/fortnight'],
      'gateway.routes[0].limits[0].per',
    ],
    [['--upstream', 'pets=http://x:1', '--authenticate', 'apiKey', '--base', 'v2'], '--base takes whole plain parts'],
    [['--upstream', 'pets=http://x:1', '--out', 'a.yaml', '--write'], 'exclude each other'],
  ])('%j is wrong usage, said in words', async (options, words) => {
    const answer = await place.command(['routes', 'import', 'pets.yaml', ...options])
    expect(answer.code).toBe(2)
    expect(answer.stderr).toContain(words)
  })

  it('of hundreds of operations works too', async () => {
    const { code, stdout } = await imported(
      join(vectors, 'openapi', 'github.trimmed.json'),
      '--authenticate',
      'apiKey',
      '--json',
    )
    expect(code).toBe(0)
    const told = JSON.parse(stdout) as { routes: unknown[]; unmapped: unknown[] }
    expect(told.routes.length).toBe(157)
    expect(told.unmapped).toEqual([])
  })
})
