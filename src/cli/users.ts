import { buffer as readAll } from 'node:stream/consumers'
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

const noun = 'users'
const one = { wordCount: 1, words: 'ID' } as const
const example = 'usr_1hq3v0c9kd5m7w2x8p4t6r1a'

const profile = {
  options: { name: { type: 'string' }, language: { type: 'string' }, role: { type: 'string', multiple: true } },
  help: {
    name: 'how they are called',
    language: 'en or de',
    role: 'a role they get; may be repeated (user)',
  },
} as const

export const userCommands: readonly Command[] = [
  {
    noun,
    verb: 'create',
    summary: 'Make a person who signs in. Without a password a link to choose one is mailed.',
    options: {
      email: { type: 'string' },
      ...profile.options,
      'password-stdin': { type: 'boolean' },
      'one-time': { type: 'boolean' },
      unverified: { type: 'boolean' },
    },
    help: {
      email: 'their mail address (required)',
      ...profile.help,
      'password-stdin': 'read their password from standard input, to the end of its first line',
      'one-time': 'make a password, shown once, that has to be changed at the first sign-in',
      unverified: 'do not vouch for the address: they verify it by mail',
    },
    examples: [
      'sallyport users create --email ada@example.com --role admin --json',
      'sallyport users create --email ada@example.com --name "Ada Lovelace" --password-stdin < password.txt',
      'sallyport users create --email ada@example.com --role super_admin --one-time',
    ],
    run: create,
  },
  {
    noun,
    verb: 'list',
    summary: 'List people, newest first.',
    options: {
      email: { type: 'string' },
      name: { type: 'string' },
      status: { type: 'string' },
      limit: { type: 'string' },
      cursor: { type: 'string' },
    },
    help: {
      email: 'how the address begins',
      name: 'a part of the name',
      status: 'active, disabled, locked or unverified',
      limit: 'how many, at most 100 (20)',
      cursor: 'where the page before said the next begins',
    },
    examples: ['sallyport users list', 'sallyport users list --status locked', 'sallyport users list --email ada'],
    run: list,
  },
  {
    ...one,
    noun,
    verb: 'show',
    summary: 'Show a person.',
    examples: [`sallyport users show ${example}`],
    run: (it) => show(it, 'GET', path(it), undefined, record),
  },
  {
    ...one,
    noun,
    verb: 'change',
    summary: 'Change what a person is called or may. Other roles end their sessions.',
    options: profile.options,
    help: { ...profile.help, role: 'a role they have from now on, instead of all; may be repeated; none for none' },
    examples: [
      `sallyport users change ${example} --role developer --role analyst`,
      `sallyport users change ${example} --name "Ada Byron" --language de`,
    ],
    run: change,
  },
  {
    ...one,
    noun,
    verb: 'disable',
    summary: 'Keep a person out, and end every session of theirs.',
    examples: [`sallyport users disable ${example}`],
    run: (it) => show(it, 'POST', path(it, 'disable'), undefined, ({ email }) => `${email} is disabled.`),
  },
  {
    ...one,
    noun,
    verb: 'enable',
    summary: 'Let a disabled person in again.',
    examples: [`sallyport users enable ${example}`],
    run: (it) => show(it, 'POST', path(it, 'enable'), undefined, ({ email }) => `${email} is enabled.`),
  },
  {
    ...one,
    noun,
    verb: 'lock',
    summary: 'Keep a person out for a while, and end every session of theirs.',
    options: { until: { type: 'string' } },
    help: { until: 'a moment such as 2026-12-24T18:00:00Z; without it until they are unlocked' },
    examples: [`sallyport users lock ${example}`, `sallyport users lock ${example} --until 2026-12-24T18:00:00Z`],
    run: (it) => {
      const until = textOption(it, 'until')
      const body = until === undefined ? {} : { until }
      return show(it, 'POST', path(it, 'lock'), body, ({ email }) => `${email} is locked.`)
    },
  },
  {
    ...one,
    noun,
    verb: 'unlock',
    summary: 'Lift every lock of a person: those of administrators, and those of wrong passwords.',
    examples: [`sallyport users unlock ${example}`],
    run: (it) => show(it, 'POST', path(it, 'unlock'), undefined, ({ email }) => `${email} is unlocked.`),
  },
  {
    ...one,
    noun,
    verb: 'reset-password',
    summary: 'Mail a person a link to choose a new password, or make one that works once.',
    options: { 'one-time': { type: 'boolean' } },
    help: { 'one-time': 'make a password, shown once, that has to be changed; every session of theirs ends' },
    examples: [`sallyport users reset-password ${example}`, `sallyport users reset-password ${example} --one-time`],
    run: (it) => {
      const mode = it.options['one-time'] === true ? 'one_time' : 'mail'
      const said = ({ password }: Record<string, unknown>) =>
        typeof password === 'string' ? password : 'A link to choose a new password was mailed.'
      return show(it, 'POST', path(it, 'password-reset'), { mode }, said)
    },
  },
  {
    ...one,
    noun,
    verb: 'sessions',
    summary: 'List where a person is signed in.',
    examples: [`sallyport users sessions ${example}`],
    run: sessions,
  },
  {
    ...one,
    noun,
    verb: 'end-sessions',
    summary: 'Sign a person out everywhere.',
    examples: [`sallyport users end-sessions ${example}`],
    run: (it) => show(it, 'DELETE', path(it, 'sessions'), undefined, ({ ended }) => `Sessions ended: ${ended}.`),
  },
  {
    ...one,
    noun,
    verb: 'erase',
    summary: 'Erase a person and revoke their keys. This cannot be undone.',
    options: { yes: { type: 'boolean' } },
    help: { yes: 'that you mean it (required)' },
    examples: [`sallyport users erase ${example} --yes`],
    run: (it) => {
      if (it.options.yes !== true) throw new UsageError('users erase cannot be undone: say --yes')
      return show(it, 'DELETE', path(it), undefined, () => `${firstWord(it)} is erased.`)
    },
  },
]

async function create(it: Invocation) {
  const email = textOption(it, 'email')
  if (email === undefined) throw new UsageError('users create needs --email')
  const oneTime = it.options['one-time'] === true
  if (oneTime && it.options['password-stdin'] === true) {
    throw new UsageError('--one-time makes a password; --password-stdin reads one: say one of them')
  }
  const body = {
    email,
    ...profileOf(it),
    verified: it.options.unverified !== true,
    ...(oneTime ? { oneTimePassword: true } : {}),
    ...(it.options['password-stdin'] === true ? { password: await passwordFromStdin() } : {}),
  }
  return show(it, 'POST', '/v1/users', body, ({ id, password }) =>
    typeof password === 'string' ? `${id}\n${password}` : String(id),
  )
}

async function passwordFromStdin(): Promise<string> {
  const [line = ''] = (await readAll(process.stdin)).toString('utf8').split(/\r?\n/, 1)
  if (line === '') throw new UsageError('--password-stdin: standard input begins with an empty line')
  return line
}

function change(it: Invocation) {
  const body = profileOf(it)
  if (Object.keys(body).length === 0) {
    throw new UsageError('users change needs something to change, such as --role developer')
  }
  return show(it, 'PATCH', path(it), body, ({ email, roles }) => `${email}: ${shown(roles)}.`)
}

function shown(roles: unknown): string {
  return Array.isArray(roles) && roles.length > 0 ? `roles ${roles.join(' ')}` : 'no roles'
}

// What was not said is not sent: it stays as it is, or is what a new person begins with.
function profileOf(it: Invocation): Record<string, unknown> {
  const said = {
    name: textOption(it, 'name'),
    language: textOption(it, 'language'),
    roles: wholeListOption(it, 'role'),
  }
  return onlySaid(said)
}

function path(it: Invocation, verb?: string): string {
  const person = `/v1/users/${encodeURIComponent(firstWord(it))}`
  return verb === undefined ? person : `${person}/${verb}`
}

function list(it: Invocation) {
  const texts = ['email', 'name', 'status', 'cursor'].map((name) => [name, textOption(it, name)] as const)
  const query = queryOf({ ...Object.fromEntries(texts), limit: numberOption(it, 'limit') })
  return show(it, 'GET', `/v1/users${query}`, undefined, ({ items }) => {
    const rows = (items as Record<string, unknown>[]).map((person) => [
      String(person.id),
      stateOf(person),
      (person.roles as string[]).join(' '),
      String(person.email),
      String(person.name),
    ])
    return table(['ID', 'STATE', 'ROLES', 'EMAIL', 'NAME'], rows)
  })
}

function stateOf({ enabled, verifiedAt, lockedUntil }: Record<string, unknown>): string {
  if (enabled !== true) return 'disabled'
  if (typeof lockedUntil === 'string') return `locked until ${lockedUntil}`
  return verifiedAt === null ? 'unverified' : 'active'
}

function sessions(it: Invocation) {
  return show(it, 'GET', path(it, 'sessions'), undefined, ({ items }) => {
    const rows = (items as Record<string, unknown>[]).map((session) => [
      String(session.id),
      String(session.usedAt),
      String(session.address ?? '-'),
      String(session.acr),
      String(session.label),
    ])
    return table(['ID', 'USED', 'ADDRESS', 'LEVEL', 'DEVICE'], rows)
  })
}
