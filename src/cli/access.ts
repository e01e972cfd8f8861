import { show } from './answer.ts'
import type { Command, Invocation } from './command.ts'
import { table } from './output.ts'

type Named = { readonly name: string; readonly from: string; readonly description: string }

export const accessCommands: readonly Command[] = [
  {
    noun: 'roles',
    verb: 'list',
    summary: 'List the roles, and how many keys they allow a person for how long.',
    examples: ['sallyport roles list', 'sallyport roles list --json'],
    run: (it) =>
      show(it, 'GET', '/v1/roles', undefined, (body) => {
        const roles = body.items as Record<string, unknown>[]
        const rows = roles.map((role) => [
          String(role.name),
          role.mostKeys === null ? 'any' : String(role.mostKeys),
          `${role.rotationDays} days`,
          String(role.description),
        ])
        return `${table(['ROLE', 'KEYS', 'EACH FOR', 'WHAT IT IS'], rows)}\n\nGive one to a service: sallyport services change ID --role NAME`
      }),
  },
  {
    noun: 'scopes',
    verb: 'list',
    summary: 'List the scopes that are known, and say whether others are taken.',
    examples: ['sallyport scopes list', 'sallyport scopes list --json'],
    run: (it) => listNamed(it, '/v1/scopes', (body) => (body.open === true ? OPEN : STRICT)),
  },
  {
    noun: 'permissions',
    verb: 'list',
    summary: 'List the permissions that the control plane and the routes ask for.',
    examples: ['sallyport permissions list'],
    run: (it) => listNamed(it, '/v1/permissions', () => 'Any other `resource:action` may be given too.'),
  },
]

const OPEN =
  'Any other well-formed scope is taken too. To have unknown ones refused, declare yours: access: { scopes: { "orders:read": "Read orders" } }'
const STRICT = 'Any other scope is refused. Add it to access.scopes.'

function listNamed(it: Invocation, path: string, last: (body: Record<string, unknown>) => string) {
  return show(it, 'GET', path, undefined, (body) => {
    const rows = (body.items as Named[]).map(({ name, from, description }) => [name, from, description])
    return `${table(['NAME', 'FROM', 'WHAT IT LETS DO'], rows)}\n\n${last(body)}`
  })
}
