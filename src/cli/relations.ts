import { readFile } from 'node:fs/promises'
import { queryOf, show, showAnswer } from './answer.ts'
import { type Command, EXIT, type Exit, type Invocation, numberOption, textOption } from './command.ts'
import { table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'relations'
const page = { limit: { type: 'string' }, cursor: { type: 'string' } } as const
const pageHelp = {
  limit: 'how many, at most 1000 (100)',
  cursor: 'where the page before said the next begins',
} as const
const token = { token: { type: 'string' } } as const
const tokenHelp = { token: 'what a write answered: the answer is no older than that write' } as const
const tuple = { words: 'OBJECT RELATION SUBJECT', wordCount: 3 } as const

/** Relations: who has which relation to what. */
export const relationCommands: readonly Command[] = [
  {
    ...tuple,
    noun,
    verb: 'write',
    summary: 'Write a tuple.',
    options: { expires: { type: 'string' } },
    help: { expires: 'when it ends, such as 2027-01-01T00:00:00Z (never)' },
    examples: ['sallyport relations write document:42 viewer user:ada'],
    run: (it) => write(it, 'write', { expiresAt: textOption(it, 'expires') }),
  },
  {
    ...tuple,
    noun,
    verb: 'remove',
    summary: 'Remove a tuple.',
    examples: ['sallyport relations remove document:42 viewer user:ada'],
    run: (it) => write(it, 'remove', {}),
  },
  {
    noun,
    verb: 'list',
    summary: 'List tuples.',
    options: { object: { type: 'string' }, relation: { type: 'string' }, subject: { type: 'string' }, ...page },
    help: { object: 'of this object', relation: 'of this relation', subject: 'of this subject', ...pageHelp },
    examples: ['sallyport relations list --object document:42'],
    run: list,
  },
  {
    ...tuple,
    noun,
    verb: 'check',
    summary: 'Ask whether a subject has a relation to an object.',
    options: token,
    help: tokenHelp,
    examples: ['sallyport relations check document:42 viewer user:ada'],
    run: check,
  },
  {
    noun,
    verb: 'expand',
    summary: 'Show of whom a relation of an object is made, one step far.',
    words: 'OBJECT RELATION',
    wordCount: 2,
    options: token,
    help: tokenHelp,
    examples: ['sallyport relations expand document:42 viewer'],
    run: (it) =>
      show(it, 'POST', '/v1/relations/expand', { object: it.words[0], relation: it.words[1], ...tokenOf(it) }, (made) =>
        JSON.stringify(made.tree, null, 2),
      ),
  },
  {
    noun,
    verb: 'objects',
    summary: 'List the objects of a type that a subject has a relation to.',
    words: 'TYPE RELATION SUBJECT',
    wordCount: 3,
    options: { ...page, ...token },
    help: { ...pageHelp, ...tokenHelp },
    examples: ['sallyport relations objects document viewer user:ada'],
    run: (it) => {
      const [type, relation, subject] = it.words
      return show(it, 'POST', '/v1/relations/objects', { type, relation, subject, ...pageOf(it) }, names)
    },
  },
  {
    noun,
    verb: 'subjects',
    summary: 'List the subjects of a type that have a relation to an object.',
    words: 'OBJECT RELATION TYPE',
    wordCount: 3,
    options: { relation: { type: 'string' }, ...page, ...token },
    help: { relation: 'list those who have it to an object of the type, such as member', ...pageHelp, ...tokenHelp },
    examples: ['sallyport relations subjects document:42 viewer user'],
    run: (it) => {
      const [object, relation, type] = it.words
      const subjectRelation = textOption(it, 'relation')
      const usersets = subjectRelation === undefined ? {} : { subjectRelation }
      const body = { object, relation, type, ...usersets, ...pageOf(it) }
      return show(it, 'POST', '/v1/relations/subjects', body, names)
    },
  },
  {
    noun,
    verb: 'model',
    summary: 'Show the model of relations, or replace it by that of a file.',
    options: { put: { type: 'string' } },
    help: { put: 'a JSON file with the types and their relations' },
    examples: ['sallyport relations model', 'sallyport relations model --put model.json'],
    run: model,
  },
]

function write(it: Invocation, what: 'write' | 'remove', more: { readonly expiresAt?: string | undefined }) {
  const one = { ...tupleOf(it), ...(more.expiresAt === undefined ? {} : { expiresAt: more.expiresAt }) }
  return show(it, 'POST', '/v1/relations', { [what]: [one] }, (made) => String(made.token))
}

async function check(it: Invocation): Promise<Exit> {
  const api = await it.api()
  const answer = await api.call('POST', '/v1/relations/check', { ...tupleOf(it), ...tokenOf(it) })
  const { allowed } = (answer.body ?? {}) as { readonly allowed?: boolean }
  const exit = showAnswer(it, answer, () => (allowed === true ? 'yes' : 'no'))
  return exit === EXIT.good && allowed !== true ? EXIT.bad : exit
}

function list(it: Invocation) {
  const [object, relation, subject] = [textOption(it, 'object'), textOption(it, 'relation'), textOption(it, 'subject')]
  const asked = { object, relation, subject, limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') }
  return show(it, 'GET', `/v1/relations${queryOf(asked)}`, undefined, ({ items, nextCursor }) => {
    const rows = (items as Record<string, unknown>[]).map((one) =>
      [one.object, one.relation, one.subject, one.expiresAt ?? 'never'].map(String),
    )
    return `${table(['OBJECT', 'RELATION', 'SUBJECT', 'ENDS'], rows)}${moreOf(nextCursor)}`
  })
}

async function model(it: Invocation) {
  const file = textOption(it, 'put')
  const path = '/v1/relations/model'
  if (file === undefined) return show(it, 'GET', path, undefined, ({ types }) => JSON.stringify({ types }, null, 2))
  return show(it, 'PUT', path, await readJson(file), ({ version }) => `Version ${version} of the model holds now.`)
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`${file} cannot be read`)
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${file} is not JSON`)
  }
}

function names({ items, nextCursor }: Record<string, unknown>): string {
  const lines = items as readonly string[]
  return `${lines.length === 0 ? 'Nothing there.' : lines.join('\n')}${moreOf(nextCursor)}`
}

function moreOf(nextCursor: unknown): string {
  return nextCursor === null ? '' : `\nMore: --cursor ${nextCursor}`
}

function tupleOf({ words: [object, relation, subject] }: Invocation) {
  return { object, relation, subject }
}

function tokenOf(it: Invocation) {
  const text = textOption(it, 'token')
  return text === undefined ? {} : { token: text }
}

function pageOf(it: Invocation) {
  const [limit, cursor] = [numberOption(it, 'limit'), textOption(it, 'cursor')]
  return { ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }), ...tokenOf(it) }
}
