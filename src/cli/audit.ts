import { open, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { text as readAll } from 'node:stream/consumers'
import { queryOf, show, showAnswer } from './answer.ts'
import { type Command, EXIT, type Exit, firstWord, type Invocation, numberOption, textOption } from './command.ts'
import { audit } from './loaded.ts'
import { record, table } from './output.ts'
import { opened, UsageError } from './usage.ts'

const noun = 'audit'
const filters = {
  type: { type: 'string' },
  outcome: { type: 'string' },
  code: { type: 'string' },
  principal: { type: 'string' },
  credential: { type: 'string' },
  address: { type: 'string' },
  route: { type: 'string' },
  resource: { type: 'string' },
  request: { type: 'string' },
  text: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
} as const
const filterHelp = {
  type: 'a type such as key.revoked, or key.*',
  outcome: 'success, denied or failure',
  code: 'a code such as KEY_EXPIRED',
  principal: 'who asked',
  credential: 'the id of the key that was used',
  address: 'where it came from',
  route: 'the id of a route',
  resource: 'what was acted on: an id or a path',
  request: 'the id of a request',
  text: 'anything that stands in the event',
  since: 'the first moment (ISO 8601)',
  until: 'the moment after the last (ISO 8601)',
}

export const auditCommands: readonly Command[] = [
  {
    noun,
    verb: 'search',
    summary: 'Find events, newest first.',
    options: { ...filters, limit: { type: 'string' }, cursor: { type: 'string' } },
    help: { ...filterHelp, limit: 'how many, at most 100 (20)', cursor: 'where the page before said the next begins' },
    examples: [
      'sallyport audit search --limit 5',
      'sallyport audit search --type "key.*" --since 2026-01-01T00:00:00Z --json',
    ],
    run: search,
  },
  {
    noun,
    verb: 'tail',
    summary: 'Show events as they happen, until stopped.',
    options: filters,
    help: filterHelp,
    examples: ['sallyport audit tail', 'sallyport audit tail --outcome denied --json'],
    run: tail,
  },
  {
    noun,
    verb: 'export',
    summary: 'Write all events as JSON Lines. Without a filter the result can be verified anywhere.',
    options: filters,
    help: filterHelp,
    examples: ['sallyport audit export > events.jsonl'],
    run: exportAll,
  },
  {
    noun,
    verb: 'verify',
    summary: 'Verify the record, or an export of it. Exit code 1 names the first bad event.',
    options: {
      export: { type: 'string' },
      'public-key': { type: 'string' },
      checkpoints: { type: 'string' },
    },
    help: {
      export: 'an exported file to verify instead of the store; needs --public-key',
      'public-key': 'the key of the checkpoints, as audit key prints it',
      checkpoints: 'a file of signed checkpoints kept elsewhere',
    },
    examples: [
      'sallyport audit verify',
      'sallyport audit verify --export events.jsonl --public-key "$(cat audit.pub)"',
    ],
    run: verify,
  },
  {
    noun,
    verb: 'prove',
    words: 'ID',
    wordCount: 1,
    summary: 'Give the proof that one event is in the record.',
    examples: ['sallyport audit prove evt_1hq3v0c9kd5m7w2x8p4t6r1a --json'],
    run: (it) => show(it, 'GET', `/v1/audit/events/${encodeURIComponent(firstWord(it))}/proof`, undefined, record),
  },
  {
    noun,
    verb: 'key',
    summary: 'Print the public key of the checkpoints. Keep it apart from the record.',
    examples: ['sallyport audit key > audit.pub'],
    run: (it) => show(it, 'GET', '/v1/audit/key', undefined, ({ key }) => String(key)),
  },
]

function search(it: Invocation): Promise<Exit> {
  const query = queryOf({ ...filterOf(it), limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') })
  return show(it, 'GET', `/v1/audit/events${query}`, undefined, (page) => {
    const events = page.items as Record<string, unknown>[]
    const more = page.nextCursor === null ? '' : `\nMore: --cursor ${page.nextCursor}`
    const head = ['TIME', 'TYPE', 'CODE', 'WHO', 'STATUS', 'RESOURCE', 'ID']
    return `${table(head, events.map(cells))}${more}`
  })
}

function cells(event: Record<string, unknown>): string[] {
  const { at, type, code, credential, principal, status, method, resource, id } = event
  const what = [method, resource].filter((part) => part !== null).join(' ')
  return [at, type, code ?? '', credential ?? principal ?? '', status ?? '', what, id].map(String)
}

async function tail(it: Invocation): Promise<Exit> {
  const { status, body } = await (await it.api()).stream(`/v1/audit/stream${queryOf(filterOf(it))}`)
  if (status >= 400) return refused(it, status, await readAll(body))
  process.once('SIGINT', () => body.destroy())
  try {
    for await (const line of createInterface({ input: body })) {
      if (!line.startsWith('data: ')) continue
      const text = line.slice('data: '.length)
      it.output.line(it.output.json ? text : cells(JSON.parse(text)).join('  '))
    }
  } catch (error) {
    if (!body.destroyed) throw error
  }
  return EXIT.good
}

async function exportAll(it: Invocation): Promise<Exit> {
  const { status, body } = await (await it.api()).stream(`/v1/audit/export${queryOf(filterOf(it))}`)
  if (status >= 400) return refused(it, status, await readAll(body))
  for await (const part of body) {
    if (!process.stdout.write(part)) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
  return EXIT.good
}

function refused(it: Invocation, status: number, text: string): Exit {
  return showAnswer(it, { status, body: JSON.parse(text) }, () => '')
}

async function verify(it: Invocation): Promise<Exit> {
  const file = textOption(it, 'export')
  if (file !== undefined) return verifyFile(it, file)
  const answer = await (await it.api()).call('GET', '/v1/audit/verification')
  if (answer.status >= 400) return showAnswer(it, answer, () => '')
  return concluded(it, answer.body as Verified)
}

async function verifyFile(it: Invocation, file: string): Promise<Exit> {
  const key = textOption(it, 'public-key')
  if (key === undefined)
    throw new UsageError('--export needs --public-key, kept apart from the export (sallyport audit key)')
  const notes = textOption(it, 'checkpoints')
  const { splitNotes, verifyExport } = await audit()
  const checkpoints = notes === undefined ? [] : splitNotes(await readText(notes))
  const input = await opened(open(file))
  const lines = createInterface({ input: input.createReadStream() })
  const verified = await verifyExport(lines, key.trim(), checkpoints).catch((error: Error) => {
    throw new UsageError(`${file}: ${error.message}`)
  })
  return concluded(it, verified)
}

function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(error.message)
  })
}

type Verified = {
  ok: boolean
  events: number
  logs: number
  first: { seq: number; id: string | null; problem: string; sentence: string } | null
}

function concluded(it: Invocation, verified: Verified): Exit {
  const { ok, events, logs, first } = verified
  it.output.result(verified, () =>
    first === null
      ? `${events} events in ${logs} logs, all as they were written.`
      : `${first.problem}: ${first.sentence}`,
  )
  return ok ? EXIT.good : EXIT.bad
}

function filterOf(it: Invocation): Record<string, string | undefined> {
  const { request, ...names } = Object.fromEntries(Object.keys(filters).map((name) => [name, textOption(it, name)]))
  return { ...names, requestId: request }
}
