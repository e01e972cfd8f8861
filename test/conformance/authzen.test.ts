import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, type World } from '../support/backends.ts'
import { type Control, openControl } from '../support/control.ts'

const root = process.env.SALLYPORT_VECTORS ?? fileURLToPath(new URL('../../../shared/vectors', import.meta.url))
const outside = join(root, 'authz/authzen')

type Named = { readonly [name: string]: unknown }
type Asked = { readonly subject: Named; readonly action: Named; readonly resource: Named }
type Case<T> = { readonly request: Asked; readonly expected: T }
type Found = { readonly results: readonly Named[] }

/** The people of the Todo scenario, by the ids that its tokens carry and by their addresses. */
const CITADEL = [
  { pid: 0, email: 'rick@the-citadel.com', roles: ['admin', 'evil_genius'] },
  { pid: 1, email: 'morty@the-citadel.com', roles: ['editor'] },
  { pid: 2, email: 'summer@the-smiths.com', roles: ['editor'] },
  { pid: 3, email: 'beth@the-smiths.com', roles: ['viewer'] },
  { pid: 4, email: 'jerry@the-smiths.com', roles: ['viewer'] },
].flatMap(({ pid, email, roles }) => {
  const known = { roles, properties: { email } }
  const id = Buffer.from(`\n$fd${pid}614d3-c39a-4781-b7bd-8b96f5a5100d\x12\x05local`).toString('base64')
  return [
    { type: 'user', id, ...known },
    { type: 'identity', id, ...known },
    { type: 'user', id: email, ...known },
  ]
})

const isTheirs = 'principal has email && resource has ownerID && resource.ownerID == principal.email'
const POLICIES: Readonly<Record<string, string>> = {
  'todo-read-user': 'permit (principal, action == Action::"can_read_user", resource is User);',
  'todo-read': 'permit (principal, action == Action::"can_read_todos", resource is Todo);',
  'todo-create':
    'permit (principal, action == Action::"can_create_todo", resource is Todo) when { principal in [Role::"admin", Role::"editor"] };',
  'todo-update': `permit (principal, action == Action::"can_update_todo", resource is Todo) when { principal in Role::"evil_genius" || (principal in Role::"editor" && ${isTheirs}) };`,
  'todo-delete': `permit (principal, action == Action::"can_delete_todo", resource is Todo) when { principal in Role::"admin" || (principal in Role::"editor" && ${isTheirs}) };`,
  'route-read': 'permit (principal is Identity, action == Action::"GET", resource is Route);',
  'route-create':
    'permit (principal is Identity, action == Action::"POST", resource == Route::"/todos") when { principal in [Role::"admin", Role::"editor"] };',
  'route-update':
    'permit (principal is Identity, action == Action::"PUT", resource == Route::"/todos/{todoId}") when { principal in [Role::"evil_genius", Role::"editor"] };',
  'route-delete':
    'permit (principal is Identity, action == Action::"DELETE", resource == Route::"/todos/{todoId}") when { principal in [Role::"admin", Role::"editor"] };',
  'record-own':
    'permit (principal is User, action in [Action::"view", Action::"edit", Action::"delete"], resource is Record) when { resource has owner && resource.owner == principal.id };',
  'record-of-department':
    'permit (principal is User, action == Action::"view", resource is Record) when { principal has department && resource has department && resource.department == principal.department };',
  'record-manager-view':
    'permit (principal in Role::"manager", action == Action::"view", resource is Record) when { resource has owner };',
  'record-manager-edit':
    'permit (principal in Role::"manager", action == Action::"edit", resource is Record) when { principal has department && resource has department && resource.department == principal.department };',
}

describe.skipIf(!existsSync(outside)).each(backends)(
  'AuthZEN beside its interop scenarios on $name',
  { timeout: 120_000 },
  ({ name, open }) => {
    let world: World
    let control: Control
    let asker: string

    beforeAll(async () => {
      world = await open()
      control = await openControl(world)
      const admin = (await control.keyWith(['*'], { scopes: ['*'] })).key
      asker = (await control.keyWith(['access:evaluate'])).key
      for (const [policy, text] of Object.entries(POLICIES)) {
        const made = await control.call(admin, 'POST', '/v1/policies', { name: policy, text })
        expect([policy, made.status, made.body.errors]).toEqual([policy, 201, undefined])
      }
      const users = read<readonly { id: string; role: string; department: string }[]>('search-data-users')
      const records = read<readonly { id: number; department: string; owner: string }[]>('search-data-records')
      const items = [
        ...CITADEL,
        ...users.map(({ id, role, department }) => ({ type: 'user', id, roles: [role], properties: { department } })),
        ...records.map(({ id, ...properties }) => ({ type: 'record', id: String(id), properties })),
      ]
      expect((await control.call(admin, 'PUT', '/v1/entities', { items })).status).toBe(204)
    }, 120_000)
    afterAll(async () => {
      await control?.stop()
      await world?.close()
    })

    const ask = async (path: string, body: object) =>
      (await control.call(asker, 'POST', `/access/v1/${path}`, body)).body
    const tell = (what: string, count: number) =>
      process.stdout.write(`AuthZEN, ${name}: ${what}: ${count} of ${count}\n`)

    it.each(['todo-1.0-00', 'todo-1.0-id', 'todo-1.1', 'gateway'])(
      'decides the questions of %s as it says',
      async (file) => {
        const { evaluation } = read<{ evaluation: readonly Case<boolean>[] }>(`${file}-decisions`)
        const wrong: object[] = []
        for (const { request, expected } of evaluation) {
          const { decision } = await ask('evaluation', file === 'todo-1.0-00' ? asOf10(request) : request)
          if (decision !== expected) wrong.push({ request, expected, decision })
        }
        expect(wrong).toEqual([])
        tell(`decisions of ${file}`, evaluation.length)
      },
    )

    it('decides the batches of todo-1.1 as it says', async () => {
      const { evaluations } = read<{ evaluations: readonly Case<readonly object[]>[] }>('todo-1.1-decisions')
      for (const { request, expected } of evaluations) {
        expect((await ask('evaluations', request)).evaluations).toEqual(expected)
      }
      tell('batches of todo-1.1', evaluations.length)
    })

    it.each(['subject', 'resource', 'action'])('finds by %s what the search scenario says', async (what) => {
      const { evaluation } = read<{ evaluation: readonly Case<Found>[] }>(`search-${what}`)
      const wrong: object[] = []
      for (const { request, expected } of evaluation) {
        const { results } = await ask(`search/${what}`, request)
        if (JSON.stringify(sorted(results)) !== JSON.stringify(sorted(expected.results))) {
          wrong.push({ request, expected: expected.results, results })
        }
      }
      expect(wrong).toEqual([])
      tell(`searches by ${what}`, evaluation.length)
    })

    it('finds what the identity provider scenario says', async () => {
      const { search } = read<{ search: readonly Case<Found>[] }>('idp-search-results')
      for (const { request, expected } of search) {
        expect((await ask('search/resource', request)).results).toEqual(expected.results)
      }
      tell('searches of the identity provider scenario', search.length)
    })
  },
)

/** Draft 00 put properties beside the id; since then they have a member of their own. */
function asOf10({ subject, action, resource }: Asked): Asked {
  const { type, id, ...properties } = resource
  return { subject, action, resource: { type, id, properties } }
}

// The order of what is found is nobody's promise.
function sorted(results: readonly Named[]): string[] {
  return results.map((it) => JSON.stringify(Object.entries(it).sort())).sort()
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(outside, `${name}.json`), 'utf8'))
}
