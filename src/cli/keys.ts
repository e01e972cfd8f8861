import { text as readAll } from 'node:stream/consumers'
import { queryOf, show, showAnswer } from './answer.ts'
import { type Command, EXIT, firstWord, type Invocation, listOption, numberOption, textOption } from './command.ts'
import { durationOf } from './duration.ts'
import { keyRotationCommands } from './keys-rotation.ts'
import { keyUsageCommands } from './keys-usage.ts'
import { record, table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'keys'
const life = { wordCount: 1, words: 'ID' } as const
const reason = { options: { reason: { type: 'string' } }, help: { reason: 'why; kept in the record' } } as const

export const keyCommands: readonly Command[] = [
  {
    noun,
    verb: 'create',
    summary: 'Make a key and show it, once.',
    options: {
      name: { type: 'string' },
      description: { type: 'string' },
      service: { type: 'string' },
      user: { type: 'string' },
      env: { type: 'string' },
      format: { type: 'string' },
      classification: { type: 'string' },
      scope: { type: 'string', multiple: true },
      permission: { type: 'string', multiple: true },
      resource: { type: 'string', multiple: true },
      'allow-ip': { type: 'string', multiple: true },
      'allow-domain': { type: 'string', multiple: true },
      tag: { type: 'string', multiple: true },
      limit: { type: 'string', multiple: true },
      expires: { type: 'string' },
    },
    help: {
      name: 'what it is for (required)',
      description: 'more about it',
      service: 'the service that owns it',
      user: 'the person who owns it',
      env: 'live, test, dev or int (live)',
      format: 'prefixed, hex, base64url, segmented or uuid (prefixed)',
      classification: 'CRITICAL, HIGH, MEDIUM or LOW (LOW)',
      scope: 'a scope it carries; may be repeated',
      permission: 'a permission it carries, such as keys:read; may be repeated',
      resource: 'a path it may use, such as "GET /orders/*"; may be repeated',
      'allow-ip': 'an address or CIDR block it may come from, or any; may be repeated',
      'allow-domain': 'a domain whose pages may use it; may be repeated',
      tag: 'a tag; may be repeated',
      limit: 'a rate limit such as 1000/minute; may be repeated',
      expires: 'how long it lives, such as 30d or 12h',
    },
    examples: [
      'sallyport keys create --name "billing worker" --scope orders:read',
      'sallyport keys create --name ci --env test --expires 30d --json',
    ],
    run: create,
  },
  {
    noun,
    verb: 'verify',
    summary: 'Say whether a key is valid here and now. Exit code 1 when it is not.',
    words: 'KEY',
    wordCount: 1,
    options: {
      ip: { type: 'string' },
      domain: { type: 'string' },
      scope: { type: 'string', multiple: true },
      permission: { type: 'string', multiple: true },
      resource: { type: 'string' },
      method: { type: 'string' },
    },
    help: {
      ip: 'the address the key is used from',
      domain: 'the domain of the page that uses it',
      scope: 'a scope it must carry; may be repeated',
      permission: 'a permission it must carry; may be repeated',
      resource: 'the path it is used for',
      method: 'the method it is used with',
    },
    examples: [
      'sallyport keys verify sp_live_… --ip 192.0.2.7 --scope orders:read',
      'pbpaste | sallyport keys verify - --json',
    ],
    run: verify,
  },
  {
    noun,
    verb: 'list',
    summary: 'List keys, newest first.',
    options: {
      status: { type: 'string' },
      service: { type: 'string' },
      tag: { type: 'string' },
      classification: { type: 'string' },
      text: { type: 'string' },
      limit: { type: 'string' },
      cursor: { type: 'string' },
    },
    help: {
      status: 'active, inactive, suspended, expired or revoked',
      service: 'of this service',
      tag: 'with this tag',
      classification: 'of this classification',
      text: 'with this in name or description',
      limit: 'how many, at most 100 (20)',
      cursor: 'where the page before said the next begins',
    },
    examples: ['sallyport keys list --status active', 'sallyport keys list --tag ci --limit 100 --json'],
    run: list,
  },
  {
    ...life,
    noun,
    verb: 'show',
    summary: 'Show everything known about a key.',
    examples: ['sallyport keys show key_1hq3v0c9kd5m7w2x8p4t6r1a'],
    run: (it) => show(it, 'GET', `/v1/keys/${idWord(it)}`, undefined, record),
  },
  ...keyRotationCommands,
  {
    ...life,
    ...reason,
    noun,
    verb: 'suspend',
    summary: 'Stop a key until it is resumed.',
    examples: ['sallyport keys suspend key_1hq3v0c9kd5m7w2x8p4t6r1a --reason "looks odd"'],
    run: (it) => show(it, 'POST', `/v1/keys/${idWord(it)}/suspend`, reasonOf(it), statusLine),
  },
  {
    ...life,
    noun,
    verb: 'resume',
    summary: 'Let a suspended key work again.',
    examples: ['sallyport keys resume key_1hq3v0c9kd5m7w2x8p4t6r1a'],
    run: (it) => show(it, 'POST', `/v1/keys/${idWord(it)}/resume`, undefined, statusLine),
  },
  {
    ...life,
    ...reason,
    noun,
    verb: 'revoke',
    summary: 'End a key for good.',
    examples: ['sallyport keys revoke key_1hq3v0c9kd5m7w2x8p4t6r1a --reason "laptop lost"'],
    run: (it) => show(it, 'DELETE', `/v1/keys/${idWord(it)}`, reasonOf(it), statusLine),
  },
  ...keyUsageCommands,
]

async function create(it: Invocation) {
  const name = textOption(it, 'name')
  if (name === undefined) throw new UsageError('keys create needs --name')
  const body = present({
    name,
    description: textOption(it, 'description'),
    owner: ownerOf(it),
    environment: textOption(it, 'env'),
    format: textOption(it, 'format'),
    classification: textOption(it, 'classification'),
    scopes: listOption(it, 'scope'),
    permissions: listOption(it, 'permission'),
    resources: listOption(it, 'resource'),
    allowedIps: listOption(it, 'allow-ip'),
    allowedDomains: listOption(it, 'allow-domain'),
    tags: listOption(it, 'tag'),
    rateLimits: listOption(it, 'limit').map(rateLimitOf),
    expiresAt: expiryOf(textOption(it, 'expires')),
  })
  return show(it, 'POST', '/v1/keys', body, (key) =>
    [`${key.key}`, '', `This is the only time the key is shown. Its id is ${key.id}; it ends ${key.expiresAt}.`].join(
      '\n',
    ),
  )
}

async function verify(it: Invocation) {
  const word = firstWord(it)
  const body = present({
    key: word === '-' ? (await readAll(process.stdin)).trim() : word,
    ip: textOption(it, 'ip'),
    domain: textOption(it, 'domain'),
    resource: textOption(it, 'resource'),
    method: textOption(it, 'method'),
    scopes: listOption(it, 'scope'),
    permissions: listOption(it, 'permission'),
  })
  const api = await it.api()
  const answer = await api.call('POST', '/v1/keys/verify', body)
  const exit = showAnswer(
    it,
    answer,
    (verification) => `${verification.code}${verification.message === null ? '' : `: ${verification.message}`}`,
  )
  if (exit !== EXIT.good) return exit
  return (answer.body as { valid: boolean }).valid ? EXIT.good : EXIT.bad
}

async function list(it: Invocation) {
  const query = queryOf({
    status: textOption(it, 'status'),
    service: textOption(it, 'service'),
    tag: textOption(it, 'tag'),
    classification: textOption(it, 'classification'),
    text: textOption(it, 'text'),
    limit: numberOption(it, 'limit'),
    cursor: textOption(it, 'cursor'),
  })
  return show(it, 'GET', `/v1/keys${query}`, undefined, (page) => {
    const items = page.items as Record<string, string>[]
    const rows = items.map((key) =>
      [key.id, key.status, key.classification, key.environment, key.hint, key.expiresAt, key.name].map(String),
    )
    const more = page.nextCursor === null ? '' : `\nMore: --cursor ${page.nextCursor}`
    return `${table(['ID', 'STATUS', 'CLASS', 'ENV', 'HINT', 'EXPIRES', 'NAME'], rows)}${more}`
  })
}

function statusLine(key: Record<string, unknown>): string {
  return `${key.id} is ${key.status}.`
}

function idWord(it: Invocation): string {
  return encodeURIComponent(firstWord(it))
}

function reasonOf(it: Invocation): { reason: string } | undefined {
  const text = textOption(it, 'reason')
  return text === undefined ? undefined : { reason: text }
}

function ownerOf(it: Invocation) {
  const service = textOption(it, 'service')
  const user = textOption(it, 'user')
  if (service !== undefined && user !== undefined)
    throw new UsageError('a key has one owner: --service or --user, not both')
  if (service !== undefined) return { kind: 'service', id: service }
  return user === undefined ? undefined : { kind: 'user', id: user }
}

function rateLimitOf(text: string) {
  const match = /^(\d{1,10})\/(second|minute|hour|day)$/.exec(text)
  if (match === null) throw new UsageError(`--limit takes a number and a window such as 1000/minute, not "${text}"`)
  return { max: Number(match[1]), per: match[2] }
}

function expiryOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : new Date(Date.now() + durationOf('expires', text)).toISOString()
}

// What was not said is not sent, so that the API's own defaults hold.
function present(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  )
}
