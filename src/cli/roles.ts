import { show } from './answer.ts'
import { type Command, firstWord, type Invocation, onlySaid, textOption, wholeListOption } from './command.ts'
import { record } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'roles'
const one = { wordCount: 1, words: 'NAME' } as const
const gives = {
  options: {
    description: { type: 'string' },
    inherits: { type: 'string', multiple: true },
    scope: { type: 'string', multiple: true },
    permission: { type: 'string', multiple: true },
  },
  help: {
    description: 'what it is for',
    inherits: 'a role whose holdings it has too; may be repeated; none for none',
    scope: 'a scope that it gives; may be repeated; none for none',
    permission: 'a permission that it gives; may be repeated; none for none',
  },
} as const

export const roleCommands: readonly Command[] = [
  {
    ...one,
    noun,
    verb: 'create',
    summary: 'Make a role of the organization. It gives no more than you hold.',
    ...gives,
    examples: ['sallyport roles create packer --inherits read_only --permission "parcels:*"'],
    run: (it) =>
      show(it, 'POST', '/v1/roles', { name: firstWord(it), ...bodyOf(it) }, (role) => `${role.name}: ${given(role)}`),
  },
  {
    ...one,
    noun,
    verb: 'show',
    summary: 'Show a role and all that it gives.',
    examples: ['sallyport roles show packer'],
    run: (it) => show(it, 'GET', path(it), undefined, record),
  },
  {
    ...one,
    noun,
    verb: 'change',
    summary: 'Change what a role gives, for everybody who has it and at once.',
    ...gives,
    examples: [
      'sallyport roles change packer --permission parcels:read',
      'sallyport roles change packer --inherits none',
    ],
    run: change,
  },
  {
    ...one,
    noun,
    verb: 'delete',
    summary: 'Delete a role that nobody has.',
    options: { 'take-from-everyone': { type: 'boolean' } },
    help: { 'take-from-everyone': 'take it first from whoever has it' },
    examples: ['sallyport roles delete packer', 'sallyport roles delete packer --take-from-everyone'],
    run: (it) => {
      const query = it.options['take-from-everyone'] === true ? '?takeFromEveryone=true' : ''
      return show(it, 'DELETE', `${path(it)}${query}`, undefined, () => `${firstWord(it)} is deleted.`)
    },
  },
]

function change(it: Invocation) {
  const body = bodyOf(it)
  if (Object.keys(body).length === 0)
    throw new UsageError('roles change needs something to change, such as --permission parcels:read')
  return show(it, 'PATCH', path(it), body, (role) => `${role.name}: ${given(role)}`)
}

function given({ holds }: Record<string, unknown>): string {
  const { scopes, permissions } = holds as {
    readonly scopes: readonly string[]
    readonly permissions: readonly string[]
  }
  const words = (list: readonly string[]) => (list.length === 0 ? 'none' : list.join(' '))
  return `scopes ${words(scopes)}; permissions ${words(permissions)}.`
}

// What was not said is not sent: it stays as it is.
function bodyOf(it: Invocation): Record<string, unknown> {
  const said = {
    description: textOption(it, 'description'),
    inherits: wholeListOption(it, 'inherits'),
    scopes: wholeListOption(it, 'scope'),
    permissions: wholeListOption(it, 'permission'),
  }
  return onlySaid(said)
}

function path(it: Invocation): string {
  return `/v1/roles/${encodeURIComponent(firstWord(it))}`
}
