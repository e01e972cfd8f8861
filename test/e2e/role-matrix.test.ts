import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROLE_NAMES } from '../../src/access/index.ts'
import { backends } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

const FILE = fileURLToPath(new URL('role-matrix.txt', import.meta.url))
const HEAD = `Which built-in role may call what. Read it when it changes.
Written by: SALLYPORT_WRITE_ROLE_MATRIX=1 npm test -- test/e2e/role-matrix.test.ts

x may call · (dot) may not · open needs nobody · session needs any person's own session
`

type Operation = {
  readonly 'x-permission'?: readonly string[]
  readonly security?: readonly Readonly<Record<string, unknown>>[]
}

/** What an endpoint declares that it needs; empty when it declares nothing. */
function needsOf({ security, ...operation }: Operation): readonly string[] {
  if (security?.length === 0) return ['open']
  return security?.some((way) => 'session' in way) ? ['session'] : (operation['x-permission'] ?? [])
}

describe('the matrix of built-in roles and endpoints', () => {
  let close: () => Promise<void>
  let control: Control
  let endpoints: readonly (readonly [method: string, path: string, needs: readonly string[]])[]
  const keys = new Map<string, string>()

  beforeAll(async () => {
    const world = await backends[0]?.open()
    if (world === undefined) throw new Error('there is no back end')
    control = await openControl(world)
    close = async () => {
      await control.stop()
      await world.close()
    }
    const { body } = await control.call(null, 'GET', '/openapi.json')
    endpoints = Object.entries(body.paths as Record<string, Record<string, Operation>>)
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, it]) => [method.toUpperCase(), path, needsOf(it)] as const),
      )
      .sort(([a, x], [b, y]) => x.localeCompare(y, 'en') || a.localeCompare(b, 'en'))
    for (const role of ROLE_NAMES) keys.set(role, await keyOf(role))
  })

  afterAll(() => close?.())

  /** A key that holds all that a role gives, and nothing else. */
  async function keyOf(role: string): Promise<string> {
    const admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
    const service = { name: `as ${role}`, roles: [role], scopes: [] }
    const { body } = await control.call(admin, 'POST', '/v1/services', service)
    const wish = { scopes: [], owner: { kind: 'service', id: body.id } }
    const held = (await control.call(admin, 'GET', `/v1/roles/${role}`)).body.holds.permissions
    return (await control.keyWith(held, wish)).key
  }

  /** Asked with nothing that the endpoint could do: whoever may not come in is told so before anything is read. */
  async function mayCall(role: string, method: string, path: string): Promise<boolean> {
    const target = path.replaceAll(/\{[^}]+\}/g, '-')
    const answer = await fetch(new URL(target, control.url), {
      method,
      headers: { 'x-api-key': keys.get(role) ?? '', 'content-type': 'application/x-nothing' },
      ...(method === 'GET' ? {} : { body: 'nothing' }),
      signal: AbortSignal.timeout(20_000),
    })
    const text = method === 'GET' && answer.ok ? '' : await answer.text()
    await answer.body?.cancel().catch(() => undefined)
    return !text.includes('PERMISSION_MISSING')
  }

  async function rowOf([method, path, needs]: (typeof endpoints)[number]): Promise<string> {
    const name = `${method.padEnd(6)} ${path}`
    if (needs.includes('open') || needs.includes('session')) return `${name.padEnd(70)} ${needs.join(' ')}`
    const cells: string[] = []
    for (const role of ROLE_NAMES) cells.push(((await mayCall(role, method, path)) ? 'x' : '·').padEnd(role.length))
    return `${name.padEnd(70)} ${cells.join(' ')}  ${needs.join(' or ')}`.trimEnd()
  }

  it('has no endpoint that declares nothing', () => {
    expect(endpoints.length).toBeGreaterThan(100)
    const silent = endpoints.filter(([, , needs]) => needs.length === 0)
    expect(silent.map(([method, path]) => `${method} ${path}`)).toEqual([])
  })

  it('is the one that was reviewed', { timeout: 120_000 }, async () => {
    const rows: string[] = []
    for (const endpoint of endpoints) rows.push(await rowOf(endpoint))
    const matrix = `${HEAD}\n${' '.repeat(71)}${ROLE_NAMES.join(' ')}\n${rows.join('\n')}\n`
    const reviewed = readFileSync(FILE, 'utf8')
    // What is written now is compared with what was there before: a change fails this run, and passes once it was read.
    if (process.env.SALLYPORT_WRITE_ROLE_MATRIX === '1') writeFileSync(FILE, matrix)
    expect(matrix.split('\n')).toEqual(reviewed.split('\n'))
  })
})
