import { queryOf, show } from './answer.ts'
import {
  type Command,
  firstWord,
  type Invocation,
  listOption,
  numberOption,
  switchOption,
  textOption,
} from './command.ts'
import { durationOf } from './duration.ts'
import { record, table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'organizations'
const one = { wordCount: 1, words: 'ID' } as const
const example = 'org_1hq3v0c9kd5m7w2x8p4t6r1a'

const policy = {
  options: {
    'default-role': { type: 'string', multiple: true },
    'require-mfa': { type: 'string' },
    method: { type: 'string', multiple: true },
    language: { type: 'string' },
    'session-absolute': { type: 'string' },
    'session-idle': { type: 'string' },
    'session-most': { type: 'string' },
    'domain-join': { type: 'string' },
  },
  help: {
    'default-role': 'a role that new members get; may be repeated; none for none (user)',
    'require-mfa': 'on or off: whether everybody needs a second factor (off)',
    method: 'password, passkey or magic_link: a way to sign in that is allowed; may be repeated (all)',
    language: 'en or de, or none for that of the installation',
    'session-absolute': 'how long a session lasts, such as 8h; none as configured',
    'session-idle': 'how long a session rests, such as 15m; none as configured',
    'session-most': 'sessions of one person at once; none as configured',
    'domain-join': 'automatic or off: whether who registers with an address of a verified domain joins (off)',
  },
} as const

export const organizationCommands: readonly Command[] = [
  {
    noun,
    verb: 'create',
    summary: 'Make an organization.',
    options: { name: { type: 'string' }, join: { type: 'boolean' }, ...policy.options },
    help: { name: 'its name (required)', join: 'become its first administrator', ...policy.help },
    examples: [
      'sallyport organizations create --name "Example Ltd" --json',
      'sallyport organizations create --name "Example Ltd" --require-mfa on --session-idle 15m --default-role developer',
    ],
    run: create,
  },
  {
    noun,
    verb: 'list',
    summary: 'List organizations, newest first.',
    options: { limit: { type: 'string' }, cursor: { type: 'string' } },
    help: { limit: 'how many, at most 100 (20)', cursor: 'where the page before said the next begins' },
    examples: ['sallyport organizations list'],
    run: list,
  },
  {
    ...one,
    noun,
    verb: 'show',
    summary: 'Show an organization and what it demands of its people.',
    examples: [`sallyport organizations show ${example}`],
    run: (it) => show(it, 'GET', path(it), undefined, shown),
  },
  {
    ...one,
    noun,
    verb: 'change',
    summary: 'Rename an organization, or change what it demands. What becomes stricter holds at once.',
    options: { name: { type: 'string' }, ...policy.options },
    help: { name: 'its new name', ...policy.help },
    examples: [
      `sallyport organizations change ${example} --require-mfa on`,
      `sallyport organizations change ${example} --method passkey --method magic_link --session-absolute 8h`,
    ],
    run: change,
  },
  {
    ...one,
    noun,
    verb: 'disable',
    summary: 'Disable an organization: its sessions end, its keys stop.',
    examples: [`sallyport organizations disable ${example}`],
    run: (it) => show(it, 'PATCH', path(it), { enabled: false }, ({ name }) => `${name} is disabled.`),
  },
  {
    ...one,
    noun,
    verb: 'enable',
    summary: 'Let a disabled organization work again.',
    examples: [`sallyport organizations enable ${example}`],
    run: (it) => show(it, 'PATCH', path(it), { enabled: true }, ({ name }) => `${name} is enabled.`),
  },
]

function create(it: Invocation) {
  const name = textOption(it, 'name')
  if (name === undefined) throw new UsageError('organizations create needs --name')
  const body = { name, ...policyOf(it), ...(it.options.join === true ? { join: true } : {}) }
  return show(it, 'POST', '/v1/organizations', body, ({ id }) => `${id}`)
}

function change(it: Invocation) {
  const name = textOption(it, 'name')
  const body = { ...(name === undefined ? {} : { name }), ...policyOf(it) }
  if (Object.keys(body).length === 0) {
    throw new UsageError('organizations change needs something to change, such as --require-mfa on')
  }
  return show(it, 'PATCH', path(it), body, shown)
}

function list(it: Invocation) {
  const query = queryOf({ limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') })
  return show(it, 'GET', `/v1/organizations${query}`, undefined, (page) => {
    const items = page.items as Record<string, unknown>[]
    const rows = items.map(({ id, enabled, name }) => [
      String(id),
      enabled === true ? 'enabled' : 'disabled',
      String(name),
    ])
    return table(['ID', 'STATE', 'NAME'], rows)
  })
}

function shown({ policy: demands, ...organization }: Record<string, unknown>): string {
  const { sessions, ...rest } = demands as Record<string, unknown>
  return record({ ...organization, ...rest, ...(sessions as Record<string, unknown>) })
}

// What was not said is not sent: it stays as it is, or is what a new organization begins with.
function policyOf(it: Invocation): { readonly policy?: object } {
  const sessions = said({
    absoluteSeconds: secondsOf(it, 'session-absolute'),
    idleSeconds: secondsOf(it, 'session-idle'),
    most: textOption(it, 'session-most') === 'none' ? null : numberOption(it, 'session-most'),
  })
  const roles = listOption(it, 'default-role')
  const methods = listOption(it, 'method')
  const language = textOption(it, 'language')
  const wish = said({
    defaultRoles: roles.length === 0 ? undefined : roles.filter((role) => role !== 'none'),
    requireMfa: switchOption(it, 'require-mfa'),
    methods: methods.length === 0 ? undefined : methods,
    language: language === 'none' ? null : language,
    domainJoin: textOption(it, 'domain-join'),
    sessions: Object.keys(sessions).length === 0 ? undefined : sessions,
  })
  return Object.keys(wish).length === 0 ? {} : { policy: wish }
}

function said(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function secondsOf(it: Invocation, name: string): number | null | undefined {
  const text = textOption(it, name)
  if (text === undefined) return undefined
  return text === 'none' ? null : durationOf(name, text) / 1000
}

function path(it: Invocation): string {
  return `/v1/organizations/${encodeURIComponent(firstWord(it))}`
}
