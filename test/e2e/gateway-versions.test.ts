import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { openPlace, type Place, type RunningSallyport, startUpstream, type Upstream } from '../support/sallyport.ts'

const PATIENCE = 10_000
const ORDERS = '{ id: orders, match: { path: /orders }, upstream: orders, public: true }'

type Body = Record<string, unknown> & { code?: string; errors?: { path: string; message: string }[] }

describe.each(backends)('what the gateway is told to be on $name', (backend) => {
  let world: World
  let upstream: Upstream
  let place: Place
  let nodes: RunningSallyport[] = []
  let admin: string

  const yaml = (routes: readonly string[], source = 'applied', more = '') => `
${more}
gateway:
  source: ${source}
  upstreams: { orders: { targets: ["${upstream.url}"] } }
  routes: [${routes.join(', ')}]
`
  const write = (routes: readonly string[], source?: string) =>
    writeFile(join(world.dataDir, 'sallyport.yaml'), yaml(routes, source))
  const keyWith = async (...permissions: string[]) => {
    const args = permissions.flatMap((permission) => ['--permission', permission])
    return String((await place.json(['keys', 'create', '--name', 'some', ...args])).key)
  }
  const ask = async (method: string, path: string, body?: unknown, { key = admin, match = '', at = 0 } = {}) => {
    const node = nodes[at] as RunningSallyport
    const headers = {
      'x-api-key': key,
      ...(match === '' ? {} : { 'if-match': match }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(node.control + path, { method, headers, ...sent })
    return { status: answer.status, tag: answer.headers.get('etag'), body: (await answer.json()) as Body }
  }
  const statusesOf = (path: string) =>
    Promise.all(nodes.map(async ({ gateway }) => (await fetch(gateway + path)).status))
  const everywhere = (path: string, status: number) =>
    vi.waitFor(async () => expect(await statusesOf(path)).toEqual(nodes.map(() => status)), PATIENCE)
  const route = (path: string) => ({ match: { path }, upstream: 'orders', public: true })
  const newest = async () => ((await ask('GET', '/v1/configuration')).body.newest as { version: number }).version

  beforeAll(async () => {
    world = await backend.open()
    upstream = await startUpstream()
    place = await openPlace(world, yaml([ORDERS]))
    admin = await keyWith('*')
    nodes = [await place.serve(), await place.serve()]
  })
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await upstream?.close()
    await world?.close()
  })

  it('begins with the file, and a route that is put there is open on every process', async () => {
    await everywhere('/orders', 200)
    const first = await ask('GET', '/v1/configuration')
    expect(first.body).toMatchObject({ source: 'applied', newest: { version: 1, cause: 'file', by: 'system' } })
    expect(first.tag).toBe('"1"')
    const put = await ask('PUT', '/v1/routes/fresh', route('/fresh'))
    expect([put.status, put.tag, put.body.version]).toEqual([200, '"2"', 2])
    expect(put.body.changes).toEqual([
      { path: 'gateway.routes.fresh', is: 'added', after: { id: 'fresh', ...route('/fresh') } },
    ])
    await everywhere('/fresh', 200)
    const found = await ask('GET', '/v1/routes/fresh', undefined, { at: 1 })
    expect([found.tag, found.body]).toEqual(['"2"', { id: 'fresh', ...route('/fresh') }])
    const list = await ask('GET', '/v1/routes?limit=1')
    expect(list.body.items).toEqual([{ id: 'fresh', ...route('/fresh') }])
    const rest = await ask('GET', `/v1/routes?limit=1&cursor=${list.body.nextCursor}`)
    expect(rest.body).toMatchObject({ items: [{ id: 'orders' }], nextCursor: null })
  })

  it('says every mistake of a change, and keeps nothing of it', async () => {
    const before = await newest()
    const wrong = await ask('PUT', '/v1/routes/wrong', { match: { path: 'x' }, upstream: 'ordres', limits: [{}] })
    expect([wrong.status, wrong.body.code]).toEqual([422, 'CONFIGURATION_INVALID'])
    const said = wrong.body.errors?.map(({ path }) => path.replace(/\[\d\]/, '[]')) ?? []
    expect(said).toContain('gateway.routes[].upstream')
    expect(said).toContain('gateway.routes[].match.path')
    expect(said).toContain('gateway.routes[].limits[0].max')
    const tried = { input: { graphql: { schema: '/nowhere.graphql' } }, ...route('/tried') }
    const unread = await ask('PUT', '/v1/routes/tried', tried)
    expect([unread.status, unread.body.errors?.[0]?.message]).toEqual([422, 'cannot be read (/nowhere.graphql)'])
    const twice = await ask('PUT', '/v1/routes/twice', route('/orders'))
    expect(twice.status).toBe(422)
    const port = await ask('PUT', '/v1/configuration', { gateway: { port: 1, source: 'file' } })
    expect(port.body.errors?.map(({ path }) => path)).toEqual(['gateway.port', 'gateway.source'])
    const misnamed = await ask('PUT', '/v1/routes/one', { id: 'two', ...route('/one') })
    expect([misnamed.status, misnamed.body.code]).toEqual([400, 'INPUT_INVALID'])
    expect((await ask('GET', '/v1/routes/wrong')).body.code).toBe('ROUTE_UNKNOWN')
    expect((await ask('DELETE', '/v1/routes/wrong')).body.code).toBe('ROUTE_UNKNOWN')
    expect(await newest()).toBe(before)
  })

  it('is changed by one at a time: who read something older is told so, and nobody undoes another unseen', async () => {
    const tag = `"${await newest()}"`
    const names = ['a', 'b', 'c', 'd']
    const same = await Promise.all(
      names.map((name, i) => ask('PUT', `/v1/routes/race-${name}`, route(`/race-${name}`), { match: tag, at: i % 2 })),
    )
    expect(same.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412])
    const all = await Promise.all(
      names.map((name, i) => ask('PUT', `/v1/routes/any-${name}`, route(`/any-${name}`), { at: i % 2 })),
    )
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    for (const name of names) await everywhere(`/any-${name}`, 200)
  })

  it('is shown and changed by the command line, and rolled back', async () => {
    await write([ORDERS, '{ id: told, match: { path: /told }, upstream: orders, public: true }'])
    const differs = await place.command(['config', 'diff'])
    expect([differs.code, differs.stdout]).toEqual([1, expect.stringContaining('+ gateway.routes.told')])
    const before = await newest()
    const dry = await place.command(['config', 'apply', '--dry-run'])
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('- gateway.routes.fresh')])
    expect(await newest()).toBe(before)
    expect((await place.json(['config', 'apply'])).version).toBe(before + 1)
    await everywhere('/told', 200)
    await everywhere('/fresh', 404)
    expect((await place.command(['config', 'diff'])).code).toBe(0)
    expect((await place.command(['config', 'apply'])).stdout).toContain('Nothing changes')

    const back = await place.command(['config', 'rollback', '2'])
    expect([back.code, back.stdout]).toEqual([0, expect.stringContaining(`Version ${before + 2} is in force`)])
    await everywhere('/told', 404)
    await everywhere('/fresh', 200)
    expect((await place.command(['config', 'rollback', '4711'])).stderr).toContain('CONFIGURATION_VERSION_UNKNOWN')
    const { items } = (await place.json(['config', 'versions', '--limit', '2'])) as { items: Body[] }
    expect(items.map(({ version, cause, by }) => [version, cause, typeof by])).toEqual([
      [before + 2, 'roll back', 'string'],
      [before + 1, 'apply', 'string'],
    ])
    const shown = JSON.parse((await place.command(['config', 'show', '2'])).stdout) as { gateway: { routes: unknown } }
    expect(shown.gateway.routes).toContainEqual({ id: 'fresh', ...route('/fresh') })
    const told = await ask('GET', `/v1/configuration/versions/${before + 1}`)
    expect(told.body.changed).toContain('gateway.routes.told')
  })

  it('is what was applied last for a process that starts, whatever its file says', async () => {
    const late = await place.serve({
      yaml: yaml(['{ id: own, match: { path: /own }, upstream: orders, public: true }']),
    })
    nodes.push(late)
    await everywhere('/fresh', 200)
    await everywhere('/own', 404)
    const explained = await place.json(['explain', 'GET', '/fresh'])
    expect(explained.allowed).toBe(true)
  })

  it('is seen and changed only by those who may, and only by those who run the installation', async () => {
    const [reader, nobody] = [await keyWith('configuration:read'), await keyWith('audit:read')]
    expect((await ask('GET', '/v1/routes', undefined, { key: nobody })).status).toBe(403)
    const refused = await ask('PUT', '/v1/routes/x', route('/x'), { key: reader })
    expect([refused.status, refused.body.code]).toEqual([403, 'PERMISSION_MISSING'])
    const other = await ask('GET', '/v1/routes', undefined, { key: reader })
    expect([other.status, other.body.code]).toEqual([403, 'CONFIGURATION_OF_THE_INSTALLATION'])
  })

  it('keeps the last good one in a process where a version does not load, and tells of it', async () => {
    const upstreams = { orders: { targets: [upstream.url] } }
    const odd = await place.serve({ env: { SALLYPORT_GATEWAY_UPSTREAMS: JSON.stringify(upstreams) } })
    const served = async (path: string) => (await fetch(odd.gateway + path)).status
    try {
      expect(await served('/fresh')).toBe(200)
      const { gateway } = (await ask('GET', '/v1/configuration')).body.newest as { gateway: { routes: object[] } }
      const routes = [...gateway.routes, { id: 'late', ...route('/late'), upstream: 'second' }]
      const more = { ...gateway, upstreams: { ...upstreams, second: upstreams.orders }, routes }
      expect((await ask('PUT', '/v1/configuration', { gateway: more })).status).toBe(200)
      await everywhere('/late', 200)
      await vi.waitFor(() => expect(odd.output()).toContain('there is no upstream \\"second\\"'), PATIENCE)
      expect([await served('/late'), await served('/fresh')]).toEqual([404, 200])
      expect((await ask('DELETE', '/v1/routes/late')).status).toBe(200)
      expect((await ask('PUT', '/v1/routes/soon', route('/soon'))).status).toBe(200)
      await vi.waitFor(async () => expect(await served('/soon')).toBe(200), PATIENCE)
    } finally {
      await odd.stop()
    }
  })

  it('is not changed from here where it comes from files, and what files say is taken down', async () => {
    const own = await backend.open()
    const filed = await openPlace(own, yaml([ORDERS], 'file'))
    const key = String((await filed.json(['keys', 'create', '--name', 'a', '--permission', '*'])).key)
    const node = await filed.serve()
    try {
      const headers = { 'x-api-key': key, 'content-type': 'application/json' }
      const put = (query: string) => {
        const body = JSON.stringify(route('/x'))
        return fetch(`${node.control}/v1/routes/x${query}`, { method: 'PUT', headers, body })
      }
      const refused = await put('')
      expect([refused.status, ((await refused.json()) as Body).code]).toEqual([409, 'CONFIGURATION_IN_FILES'])
      expect((await put('?dryRun=true')).status).toBe(200)
      expect((await filed.command(['config', 'diff'])).code).toBe(0)
      await writeFile(
        node.file,
        yaml([ORDERS, '{ id: y, match: { path: /y }, upstream: orders, public: true }'], 'file'),
      )
      process.kill(node.pid, 'SIGHUP')
      await vi.waitFor(async () => expect((await fetch(`${node.gateway}/y`)).status).toBe(200), PATIENCE)
      await vi.waitFor(async () => {
        const { items } = (await filed.json(['config', 'versions'])) as { items: Body[] }
        expect(items.map(({ version, changed }) => [version, changed])).toEqual([
          [2, ['gateway.routes.y']],
          [1, ['gateway.upstreams', 'gateway.routes']],
        ])
      }, PATIENCE)
    } finally {
      await node.stop()
      await own.close()
    }
  })
})
