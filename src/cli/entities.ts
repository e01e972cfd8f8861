import { queryOf, show } from './answer.ts'
import { type Command, firstWord, type Invocation, numberOption, textOption } from './command.ts'
import { table } from './output.ts'
import { jsonOf } from './read-file.ts'
import { UsageError } from './usage.ts'

const noun = 'entities'
const page = { limit: { type: 'string' }, cursor: { type: 'string' } } as const

/** What policies know of subjects and resources that others look after. */
export const entityCommands: readonly Command[] = [
  {
    noun,
    verb: 'put',
    summary: 'Write what is known of subjects and resources.',
    options: { file: { type: 'string' } },
    help: { file: 'a file with a list of { type, id, roles, properties } (JSON; required)' },
    examples: ['sallyport entities put --file records.json'],
    run: put,
  },
  {
    noun,
    verb: 'list',
    words: 'TYPE',
    wordCount: 1,
    summary: 'List what is known of one type, last id first.',
    options: page,
    help: { limit: 'how many, at most 100 (20)', cursor: 'where the page before said the next begins' },
    examples: ['sallyport entities list record'],
    run: list,
  },
  {
    noun,
    verb: 'remove',
    words: 'TYPE ID',
    wordCount: 2,
    summary: 'Forget what is known of one.',
    examples: ['sallyport entities remove record 101'],
    run: (it) => {
      const [type, id] = it.words
      return show(it, 'DELETE', `/v1/entities${queryOf({ type, id })}`, undefined, () => `${type}:${id} is forgotten.`)
    },
  },
]

async function put(it: Invocation) {
  const file = textOption(it, 'file')
  if (file === undefined) throw new UsageError('entities put needs --file FILE')
  const items = await jsonOf(file)
  if (!Array.isArray(items)) throw new UsageError(`${file} is not a list`)
  return show(it, 'PUT', '/v1/entities', { items }, () => `${items.length} written.`)
}

function list(it: Invocation) {
  const query = queryOf({ type: firstWord(it), limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') })
  return show(it, 'GET', `/v1/entities${query}`, undefined, ({ items, nextCursor }) => {
    const rows = (items as Record<string, unknown>[]).map(({ id, roles, properties }) => [
      String(id),
      (roles as string[]).join(' '),
      JSON.stringify(properties),
    ])
    return `${table(['ID', 'ROLES', 'PROPERTIES'], rows)}${nextCursor === null ? '' : `\nMore: --cursor ${nextCursor}`}`
  })
}
