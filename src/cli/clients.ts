import { queryOf, show, showAnswer } from './answer.ts'
import { clientBodyOf, clientHelp, clientOptions } from './clients-body.ts'
import { type Command, EXIT, type Exit, firstWord, type Invocation, numberOption, textOption } from './command.ts'
import { durationOf } from './duration.ts'
import { record, table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'clients'
const one = { wordCount: 1, words: 'ID' } as const
const example = 'cli_1hq3v0c9kd5m7w2x8p4t6r1a'
const secretExample = 'sec_1hq3v0c9kd5m7w2x8p4t6r1a'

export const clientCommands: readonly Command[] = [
  {
    noun,
    verb: 'create',
    summary: 'Register a program that people sign in with, or that acts in its own name.',
    options: { ...clientOptions, 'secret-expires': { type: 'string' } },
    help: { ...clientHelp, 'secret-expires': 'after how long its secret ends, such as 90d (never)' },
    examples: [
      'sallyport clients create --name shop --redirect-uri https://shop.example.com/callback',
      'sallyport clients create --name board --kind public --redirect-uri https://board.example.com/callback --cors-origin https://board.example.com',
      'sallyport clients create --name billing --grant client_credentials --scope orders:read --role read_only',
    ],
    run: create,
  },
  {
    noun,
    verb: 'list',
    summary: 'List clients, newest first.',
    options: { limit: { type: 'string' }, cursor: { type: 'string' } },
    help: { limit: 'how many, at most 100 (20)', cursor: 'where the page before said the next begins' },
    examples: ['sallyport clients list'],
    run: list,
  },
  {
    ...one,
    noun,
    verb: 'show',
    summary: 'Show a client.',
    examples: [`sallyport clients show ${example}`],
    run: (it) => show(it, 'GET', path(it), undefined, record),
  },
  {
    ...one,
    noun,
    verb: 'update',
    summary: 'Change a client. What is not named stays.',
    options: clientOptions,
    help: clientHelp,
    examples: [
      `sallyport clients update ${example} --redirect-uri https://shop.example.com/callback`,
      `sallyport clients update ${example} --require-mfa on --access-token-life 15m`,
    ],
    run: update,
  },
  {
    ...one,
    noun,
    verb: 'rotate-secret',
    summary: 'Add a secret to a client, beside the one that is there.',
    options: { grace: { type: 'string' }, expires: { type: 'string' } },
    help: {
      grace: 'after how long the secret that is there ends, such as 24h (it stays until it is revoked)',
      expires: 'after how long the new one ends, such as 90d (never)',
    },
    examples: [
      `sallyport clients rotate-secret ${example} --grace 24h`,
      `sallyport clients rotate-secret ${example} --grace 24h --expires 90d --json`,
    ],
    run: rotateSecret,
  },
  {
    noun,
    verb: 'revoke-secret',
    summary: 'Revoke a secret of a client.',
    words: 'ID SECRET',
    wordCount: 2,
    examples: [`sallyport clients revoke-secret ${example} ${secretExample}`],
    run: (it) =>
      show(it, 'DELETE', `${path(it)}/secrets/${encodeURIComponent(it.words[1] ?? '')}`, undefined, (client) => {
        const left = Array.isArray(client.secrets) ? client.secrets.length : 0
        return `It is revoked. Secrets that ${client.name} still has: ${left}.`
      }),
  },
  {
    ...one,
    noun,
    verb: 'disable',
    summary: 'Refuse a client at once, and end what was issued to it.',
    examples: [`sallyport clients disable ${example}`],
    run: (it) => show(it, 'PATCH', path(it), { enabled: false }, (client) => `${client.name} is disabled.`),
  },
  {
    ...one,
    noun,
    verb: 'enable',
    summary: 'Let a disabled client work again.',
    examples: [`sallyport clients enable ${example}`],
    run: (it) => show(it, 'PATCH', path(it), { enabled: true }, (client) => `${client.name} is enabled.`),
  },
  {
    ...one,
    noun,
    verb: 'delete',
    summary: 'Delete a client for good, and end what was issued to it.',
    options: { yes: { type: 'boolean' } },
    help: { yes: 'needed, because it cannot be undone' },
    examples: [`sallyport clients delete ${example} --yes`],
    run: remove,
  },
  {
    noun,
    verb: 'registration-token',
    summary: 'Make a token that lets clients register themselves.',
    options: { name: { type: 'string' }, uses: { type: 'string' }, life: { type: 'string' } },
    help: {
      name: 'what it is for',
      uses: 'how many clients it lets register, at most 1000 (1)',
      life: 'how long it is good, at most 30d (1d)',
    },
    examples: ['sallyport clients registration-token --name onboarding --uses 10 --life 7d'],
    run: registrationToken,
  },
]

async function registrationToken(it: Invocation): Promise<Exit> {
  const [name, uses, life] = [textOption(it, 'name'), numberOption(it, 'uses'), textOption(it, 'life')]
  const body = {
    ...(name === undefined ? {} : { name }),
    ...(uses === undefined ? {} : { uses }),
    ...(life === undefined ? {} : { lifetimeSeconds: Math.floor(durationOf('life', life) / 1000) }),
  }
  return show(it, 'POST', '/v1/clients/registration-tokens', body, ({ id, token }) => `${id}\n${token}`)
}

async function create(it: Invocation): Promise<Exit> {
  const body = await clientBodyOf(it)
  if (body.name === undefined) throw new UsageError('clients create needs --name')
  const ends = afterOption(it, 'secret-expires')
  return show(it, 'POST', '/v1/clients', { ...body, ...(ends === undefined ? {} : { secretExpiresAt: ends }) }, told)
}

async function update(it: Invocation): Promise<Exit> {
  const body = await clientBodyOf(it)
  if (Object.keys(body).length === 0) {
    throw new UsageError('clients update needs something to change, such as --redirect-uri')
  }
  return show(it, 'PATCH', path(it), body, record)
}

async function rotateSecret(it: Invocation): Promise<Exit> {
  const grace = textOption(it, 'grace')
  const ends = afterOption(it, 'expires')
  const body = {
    ...(grace === undefined ? {} : { graceSeconds: durationOf('grace', grace) / 1000 }),
    ...(ends === undefined ? {} : { expiresAt: ends }),
  }
  return show(it, 'POST', `${path(it)}/secrets`, body, told)
}

// The id on the first line and the secret on the second: both are needed, and a shell takes lines.
function told({ id, secret }: Record<string, unknown>): string {
  return typeof secret === 'string' ? `${id}\n${secret}` : String(id)
}

function list(it: Invocation): Promise<Exit> {
  const query = queryOf({ limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') })
  return show(it, 'GET', `/v1/clients${query}`, undefined, (page) => {
    const items = page.items as Record<string, unknown>[]
    const rows = items.map(({ id, enabled, kind, name }) => [
      String(id),
      enabled === true ? 'enabled' : 'disabled',
      String(kind),
      String(name),
    ])
    return table(['ID', 'STATE', 'KIND', 'NAME'], rows)
  })
}

async function remove(it: Invocation): Promise<Exit> {
  if (it.options.yes !== true) throw new UsageError('deleting a client cannot be undone; say --yes')
  const api = await it.api()
  const answer = await api.call('DELETE', path(it))
  if (answer.status >= 400) return showAnswer(it, answer, () => '')
  it.output.result({ id: firstWord(it), deleted: true }, () => `${firstWord(it)} is deleted.`)
  return EXIT.good
}

function path(it: Invocation): string {
  return `/v1/clients/${encodeURIComponent(firstWord(it))}`
}

function afterOption(it: Invocation, name: string): string | undefined {
  const text = textOption(it, name)
  return text === undefined ? undefined : new Date(Date.now() + durationOf(name, text)).toISOString()
}
