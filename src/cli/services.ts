import { queryOf, show } from './answer.ts'
import {
  type Command,
  firstWord,
  type Invocation,
  numberOption,
  onlySaid,
  textOption,
  wholeListOption,
} from './command.ts'
import { record, table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'services'
const one = { wordCount: 1, words: 'ID' } as const
const example = 'svc_1hq3v0c9kd5m7w2x8p4t6r1a'

const grants = {
  options: {
    role: { type: 'string', multiple: true },
    scope: { type: 'string', multiple: true },
    permission: { type: 'string', multiple: true },
    contact: { type: 'string', multiple: true },
  },
  help: {
    role: 'a role its keys may act in, instead of every permission; may be repeated',
    scope: 'a scope its keys may carry, instead of all; may be repeated; none for none',
    permission: 'a permission its keys may carry, instead of all; may be repeated; none for none',
    contact: 'an e-mail address that is told about its keys; may be repeated; none for none',
  },
} as const

export const serviceCommands: readonly Command[] = [
  {
    noun,
    verb: 'create',
    summary: 'Register a machine client that owns keys.',
    options: { name: { type: 'string' }, description: { type: 'string' }, ...grants.options },
    help: { name: 'its name (required)', description: 'what it does', ...grants.help },
    examples: [
      'sallyport services create --name billing --json',
      'sallyport services create --name billing --scope orders:read --permission keys:read --contact billing@example.com',
    ],
    run: async (it) => {
      const name = textOption(it, 'name')
      if (name === undefined) throw new UsageError('services create needs --name')
      return show(it, 'POST', '/v1/services', bodyOf(it), (service) => `${service.id}`)
    },
  },
  {
    noun,
    verb: 'list',
    summary: 'List services, newest first.',
    options: { limit: { type: 'string' }, cursor: { type: 'string' } },
    help: { limit: 'how many, at most 100 (20)', cursor: 'where the page before said the next begins' },
    examples: ['sallyport services list'],
    run: list,
  },
  {
    ...one,
    noun,
    verb: 'show',
    summary: 'Show a service.',
    examples: [`sallyport services show ${example}`],
    run: (it) => show(it, 'GET', path(it), undefined, record),
  },
  {
    ...one,
    noun,
    verb: 'change',
    summary: 'Rename a service, or change what its keys may carry. Its keys hear of it at once.',
    options: { name: { type: 'string' }, description: { type: 'string' }, ...grants.options },
    help: {
      name: 'its new name',
      description: 'what it does',
      ...grants.help,
    },
    examples: [
      `sallyport services change ${example} --scope orders:read --scope orders:write`,
      `sallyport services change ${example} --role read_only`,
      `sallyport services change ${example} --scope none --permission none`,
    ],
    run: change,
  },
  {
    ...one,
    noun,
    verb: 'disable',
    summary: 'Disable a service and, at once, its keys.',
    examples: [`sallyport services disable ${example}`],
    run: (it) => show(it, 'PATCH', path(it), { enabled: false }, (service) => `${service.name} is disabled.`),
  },
  {
    ...one,
    noun,
    verb: 'enable',
    summary: 'Let a disabled service and its keys work again.',
    examples: [`sallyport services enable ${example}`],
    run: (it) => show(it, 'PATCH', path(it), { enabled: true }, (service) => `${service.name} is enabled.`),
  },
]

function change(it: Invocation) {
  const body = bodyOf(it)
  if (Object.keys(body).length === 0)
    throw new UsageError('services change needs something to change, such as --scope orders:read')
  return show(it, 'PATCH', path(it), body, (service) => {
    const said = ['roles', 'scopes', 'permissions', 'contacts'].map((name) => `${name} ${shown(service[name])}`)
    return `${service.name}: ${said.join('; ')}.`
  })
}

function shown(list: unknown): string {
  return Array.isArray(list) && list.length > 0 ? list.join(' ') : 'none'
}

// What was not said is not sent: it stays as it is, or is what a new service begins with.
function bodyOf(it: Invocation): Record<string, unknown> {
  const said = {
    name: textOption(it, 'name'),
    description: textOption(it, 'description'),
    roles: wholeListOption(it, 'role'),
    scopes: wholeListOption(it, 'scope'),
    permissions: wholeListOption(it, 'permission'),
    contacts: wholeListOption(it, 'contact'),
  }
  return onlySaid(said)
}

function path(it: Invocation): string {
  return `/v1/services/${encodeURIComponent(firstWord(it))}`
}

function list(it: Invocation) {
  const query = queryOf({ limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') })
  return show(it, 'GET', `/v1/services${query}`, undefined, (page) => {
    const items = page.items as Record<string, unknown>[]
    const rows = items.map((service) => [
      String(service.id),
      service.enabled === true ? 'enabled' : 'disabled',
      String(service.name),
    ])
    return table(['ID', 'STATE', 'NAME'], rows)
  })
}
