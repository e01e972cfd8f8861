import { queryOf, show } from './answer.ts'
import { type Command, firstWord, type Invocation, listOption, numberOption, textOption } from './command.ts'
import { durationOf } from './duration.ts'
import { record, table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'webhooks'
const one = { wordCount: 1, words: 'ID' } as const
const example = 'whk_1hq3v0c9kd5m7w2x8p4t6r1a'
const delivery = 'dlv_1hq3v0c9kd5m7w2x8p4t6r1a'

const properties = {
  name: { type: 'string' },
  url: { type: 'string' },
  event: { type: 'string', multiple: true },
  sample: { type: 'string' },
  contact: { type: 'string', multiple: true },
} as const
const help = {
  name: 'what it is for',
  url: 'where events are posted to: https, and no private address',
  event: 'an event such as key.revoked, or key.* for all that begin alike; may be repeated',
  sample: 'which part of the events of ordinary traffic is told, 0 to 1 (1)',
  contact: 'a mail address that hears of it when the webhook is disabled; may be repeated',
} as const
const page = { limit: { type: 'string' }, cursor: { type: 'string' } } as const
const pageHelp = { limit: 'how many, at most 100 (20)', cursor: 'where the page before said the next begins' } as const

/** Webhooks: events told to programs outside. */
export const webhookCommands: readonly Command[] = [
  {
    noun,
    verb: 'create',
    summary: 'Have events told to a program, and show the secret it verifies with, once.',
    options: properties,
    help: {
      ...help,
      name: 'what it is for (required)',
      url: `${help.url} (required)`,
      event: `${help.event} (required)`,
    },
    examples: ['sallyport webhooks create --name "key events" --url https://hooks.example.com/keys --event "key.*"'],
    run: create,
  },
  {
    noun,
    verb: 'list',
    summary: 'List webhooks, newest first.',
    options: page,
    help: pageHelp,
    examples: ['sallyport webhooks list'],
    run: list,
  },
  {
    noun,
    verb: 'events',
    summary: 'List the events that a webhook may ask for.',
    examples: ['sallyport webhooks events'],
    run: (it) => show(it, 'GET', '/v1/webhooks/events', undefined, ({ items }) => (items as string[]).join('\n')),
  },
  {
    ...one,
    noun,
    verb: 'show',
    summary: 'Show everything known about a webhook.',
    examples: [`sallyport webhooks show ${example}`],
    run: (it) => show(it, 'GET', pathOf(it), undefined, record),
  },
  {
    ...one,
    noun,
    verb: 'change',
    summary: 'Change, disable or enable a webhook.',
    options: { ...properties, enable: { type: 'boolean' }, disable: { type: 'boolean' } },
    help: { ...help, enable: 'tell it what happens from now on', disable: 'tell it nothing until it is enabled' },
    examples: [
      `sallyport webhooks change ${example} --enable`,
      `sallyport webhooks change ${example} --event key.revoked`,
    ],
    run: change,
  },
  {
    ...one,
    noun,
    verb: 'rotate-secret',
    summary: 'Give a webhook a new secret; for a while both sign.',
    options: { overlap: { type: 'string' } },
    help: { overlap: 'how long the former secret signs too, such as 24h; 0 ends it at once (24h)' },
    examples: [`sallyport webhooks rotate-secret ${example} --overlap 1h`],
    run: rotateSecret,
  },
  {
    ...one,
    noun,
    verb: 'remove',
    summary: 'Remove a webhook and its deliveries.',
    examples: [`sallyport webhooks remove ${example}`],
    run: (it) => show(it, 'DELETE', pathOf(it), undefined, () => `${firstWord(it)} is removed.`),
  },
  {
    ...one,
    noun,
    verb: 'test',
    summary: 'Send a test and show what the receiver answered.',
    examples: [`sallyport webhooks test ${example}`],
    run: (it) => show(it, 'POST', `${pathOf(it)}/test`, undefined, answered),
  },
  {
    ...one,
    noun,
    verb: 'deliveries',
    summary: 'Show what a webhook was told, or could not be.',
    options: { ...page, status: { type: 'string' } },
    help: { ...pageHelp, status: 'waiting, delivered or failed' },
    examples: [`sallyport webhooks deliveries ${example} --status failed`],
    run: deliveries,
  },
  {
    noun,
    verb: 'resend',
    summary: 'Deliver once more, with the same webhook-id.',
    words: 'DELIVERY',
    wordCount: 1,
    examples: [`sallyport webhooks resend ${delivery}`],
    run: (it) =>
      show(it, 'POST', `/v1/webhooks/deliveries/${encodeURIComponent(firstWord(it))}/resend`, undefined, (sent) =>
        [`${sent.id} is due now.`, `See what becomes of it: sallyport webhooks deliveries ${sent.webhookId}`].join(
          '\n',
        ),
      ),
  },
]

function create(it: Invocation) {
  const body = propertiesOf(it)
  for (const [option, field] of REQUIRED) {
    if (!Object.hasOwn(body, field)) throw new UsageError(`webhooks create needs --${option}`)
  }
  return show(it, 'POST', '/v1/webhooks', body, (made) =>
    [
      `${made.secret}`,
      '',
      `This is the only time the secret is shown: the receiver verifies with it. The webhook's id is ${made.id}.`,
      `Try it: sallyport webhooks test ${made.id}`,
    ].join('\n'),
  )
}

const REQUIRED = [
  ['name', 'name'],
  ['url', 'url'],
  ['event', 'events'],
] as const

function change(it: Invocation) {
  const { enable, disable } = it.options
  if (enable === true && disable === true) throw new UsageError('--enable or --disable, not both')
  const turned = enable === true ? { enabled: true } : disable === true ? { enabled: false } : {}
  const body = { ...propertiesOf(it), ...turned }
  if (Object.keys(body).length === 0) throw new UsageError('webhooks change needs something to change')
  return show(it, 'PATCH', pathOf(it), body, (webhook) => `${webhook.id} is changed, and ${stateOf(webhook)}.`)
}

function propertiesOf(it: Invocation): Record<string, unknown> {
  const [events, contacts, sample] = [listOption(it, 'event'), listOption(it, 'contact'), sampleOf(it)]
  const [name, url] = [textOption(it, 'name'), textOption(it, 'url')]
  return {
    ...(name === undefined ? {} : { name }),
    ...(url === undefined ? {} : { url }),
    ...(events.length === 0 ? {} : { events }),
    ...(contacts.length === 0 ? {} : { contacts }),
    ...(sample === undefined ? {} : { sample }),
  }
}

function sampleOf(it: Invocation): number | undefined {
  const text = textOption(it, 'sample')
  if (text === undefined) return undefined
  if (!/^(0|1|0?\.\d{1,6})$/.test(text))
    throw new UsageError(`--sample takes a part from 0 to 1 such as 0.01, not "${text}"`)
  return Number(text)
}

function rotateSecret(it: Invocation) {
  const overlap = textOption(it, 'overlap')
  const body = overlap === undefined ? undefined : { overlapSeconds: Math.floor(durationOf('overlap', overlap) / 1000) }
  return show(it, 'POST', `${pathOf(it)}/rotate-secret`, body, (made) =>
    [
      `${made.secret}`,
      '',
      `This is the only time the new secret is shown. The former one signs too until ${made.formerSecretUntil}.`,
    ].join('\n'),
  )
}

function list(it: Invocation) {
  return show(it, 'GET', `/v1/webhooks${pageOf(it)}`, undefined, ({ items }) => {
    const rows = (items as Record<string, unknown>[]).map((webhook) =>
      [webhook.id, stateOf(webhook), (webhook.events as string[]).join(' '), webhook.url].map(String),
    )
    return table(['ID', 'STATE', 'EVENTS', 'URL'], rows)
  })
}

function deliveries(it: Invocation) {
  const path = `${pathOf(it)}/deliveries${pageOf(it, { status: textOption(it, 'status') })}`
  return show(it, 'GET', path, undefined, ({ items, nextCursor }) => {
    const rows = (items as Record<string, unknown>[]).map((sent) =>
      [sent.id, sent.status, sent.type, sent.createdAt, outcomeOf(sent)].map(String),
    )
    const more = nextCursor === null ? '' : `\nMore: --cursor ${nextCursor}`
    return `${table(['ID', 'STATUS', 'EVENT', 'AT', 'LAST ATTEMPT'], rows)}${more}`
  })
}

function answered(sent: Record<string, unknown>): string {
  const attempt = lastAttempt(sent)
  const answer = attempt?.answer === null || attempt?.answer === undefined ? '' : `: ${attempt.answer}`
  return `The test was ${sent.status === 'delivered' ? 'delivered' : 'not delivered'}, ${outcomeOf(sent)}${answer}`
}

function outcomeOf(sent: Record<string, unknown>): string {
  const attempt = lastAttempt(sent)
  if (attempt === undefined) return 'not tried yet'
  return attempt.status === null ? String(attempt.reason) : `answered ${attempt.status}`
}

function lastAttempt(sent: Record<string, unknown>): Record<string, unknown> | undefined {
  return (sent.attempts as Record<string, unknown>[]).at(-1)
}

function stateOf(webhook: Record<string, unknown>): string {
  if (webhook.enabled !== true) return 'disabled'
  return webhook.failingSince === null ? 'enabled' : 'failing'
}

function pageOf(it: Invocation, more: Record<string, string | undefined> = {}): string {
  return queryOf({ ...more, limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') })
}

function pathOf(it: Invocation): string {
  return `/v1/webhooks/${encodeURIComponent(firstWord(it))}`
}
