import { readFile } from 'node:fs/promises'
import { buffer as readAll } from 'node:stream/consumers'
import { showAnswer } from './answer.ts'
import type { Answer } from './api.ts'
import { type Command, EXIT, type Exit, firstWord, type Invocation } from './command.ts'
import { type Line, readJsonLines } from './import/lines.ts'
import { UsageError } from './usage.ts'

const AT_ONCE = 500

export const userImportCommands: readonly Command[] = [
  {
    noun: 'users',
    verb: 'import',
    summary: 'Bring people of another system with the hashes of their passwords, from a file of JSON lines.',
    words: 'FILE',
    wordCount: 1,
    examples: [
      'sallyport users import people.jsonl',
      `echo '{"email":"ada@example.com","name":"Ada","verified":true,"passwordHash":"$2b$12$…"}' | sallyport users import -`,
    ],
    run,
  },
]

async function run(it: Invocation): Promise<Exit> {
  const file = firstWord(it)
  const lines = readJsonLines(await contentOf(file))
  if (lines.length === 0) throw new UsageError(`${file} holds no people`)
  const api = await it.api()
  const ids: unknown[] = []
  for (let from = 0; from < lines.length; from += AT_ONCE) {
    const batch = lines.slice(from, from + AT_ONCE)
    const answer = await api.call('POST', '/v1/users/import', { users: batch.map(({ body }) => body) })
    if (answer.status >= 400) return refusedPart(it, answer, batch, from)
    ids.push(...(answer.body as { items: { id: string }[] }).items.map(({ id }) => id))
  }
  it.output.result({ imported: ids.length, ids }, () => `People imported: ${ids.length}.`)
  return EXIT.good
}

async function contentOf(file: string): Promise<string> {
  const reading: Promise<Buffer> = file === '-' ? readAll(process.stdin) : readFile(file)
  const content = await reading.catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`)
  })
  return content.toString('utf8')
}

// The API counts the people of a request; who mends a file counts its lines.
function refusedPart(it: Invocation, answer: Answer, batch: readonly Line[], before: number): Exit {
  const problem = answer.body as { errors?: { path: string; message: string }[] }
  const errors = problem.errors?.map(({ path, message }) => ({ path: lineOf(path, batch), message }))
  const said = { ...problem, ...(errors === undefined ? {} : { errors }) }
  const exit = showAnswer(it, { ...answer, body: said }, () => '')
  it.output.say(
    before === 0
      ? 'Nobody was imported.'
      : `The ${before} people before line ${batch[0]?.line} were imported, and nobody after.`,
  )
  return exit
}

function lineOf(path: string, batch: readonly Line[]): string {
  const [, index, field] = /^users\.(\d+)(?:\.(.*))?$/.exec(path) ?? []
  const line = index === undefined ? undefined : batch[Number(index)]?.line
  if (line === undefined) return path
  return field === undefined ? `line ${line}` : `line ${line}, ${field}`
}
