import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { buffer as readAll } from 'node:stream/consumers'
import { showAnswer } from './answer.ts'
import type { Answer, Api } from './api.ts'
import { type Command, EXIT, type Exit, firstWord, type Invocation, textOption } from './command.ts'
import { type Line, readCsvLines, readJsonLines } from './import/lines.ts'
import { createProgressLine } from './scan/progress.ts'
import { UsageError } from './usage.ts'

const AT_ONCE = 1000
// Half of what the server takes in one request.
const BYTES_AT_ONCE = 4_194_304
const READERS: Readonly<Record<string, (content: string) => Line[]>> = { jsonl: readJsonLines, csv: readCsvLines }

export const keyImportCommands: readonly Command[] = [
  {
    noun: 'keys',
    verb: 'import',
    summary: 'Take over keys of another system from a file, so that their clients need not change.',
    words: 'FILE',
    wordCount: 1,
    options: {
      format: { type: 'string' },
      'dry-run': { type: 'boolean' },
      'skip-existing': { type: 'boolean' },
    },
    help: {
      format: 'jsonl or csv (by the name of the file; jsonl for standard input)',
      'dry-run': 'say what would be, change nothing',
      'skip-existing': 'leave out keys that are here already, instead of refusing',
    },
    examples: [
      'sallyport keys import keys.csv --dry-run',
      'sallyport keys import keys.jsonl --skip-existing',
      `echo '{"name":"billing","service":"billing","key":"the-key-its-client-sends"}' | sallyport keys import -`,
    ],
    run,
  },
]

type Reported = { line: number; result: string; id: string | null; name: string }
type Fault = { path: string; message: string }

async function run(it: Invocation): Promise<Exit> {
  const file = firstWord(it)
  const lines = readerOf(it, file)(await contentOf(file))
  if (lines.length === 0) throw new UsageError(`${file} holds no keys`)
  const batches = batchesOf(lines)
  const api = await it.api()
  const dry = it.options['dry-run'] === true
  // One request is all or nothing by itself; several are tried first, so that a fault in the last stops the first.
  if (dry || batches.length > 1) {
    const tried = await send(it, api, batches, true)
    if (dry || 'exit' in tried) return 'exit' in tried ? tried.exit : report(it, tried.lines, true)
  }
  const sent = await send(it, api, batches, false)
  return 'exit' in sent ? sent.exit : report(it, sent.lines, false)
}

function readerOf(it: Invocation, file: string): (content: string) => Line[] {
  const format = textOption(it, 'format') ?? (extname(file) === '.csv' ? 'csv' : 'jsonl')
  const reader = READERS[format]
  if (reader === undefined) throw new UsageError(`--format takes jsonl or csv, not "${format}"`)
  return reader
}

async function contentOf(file: string): Promise<string> {
  const reading: Promise<Buffer> = file === '-' ? readAll(process.stdin) : readFile(file)
  const content = await reading.catch((error: Error) => {
    throw new UsageError(`${file} cannot be read: ${error.message}`)
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    throw new UsageError(`${file} is not UTF-8; save it in that encoding`)
  }
}

function batchesOf(lines: readonly Line[]): Line[][] {
  const batches: Line[][] = []
  let bytes = 0
  for (const line of lines) {
    const size = Buffer.byteLength(JSON.stringify(line.body))
    const last = batches.at(-1)
    if (last === undefined || last.length === AT_ONCE || bytes + size > BYTES_AT_ONCE) {
      batches.push([line])
      bytes = size
    } else {
      last.push(line)
      bytes += size
    }
  }
  return batches
}

type Sent = { readonly lines: Reported[] } | { readonly exit: Exit }

async function send(it: Invocation, api: Api, batches: readonly Line[][], dryRun: boolean): Promise<Sent> {
  const existing = it.options['skip-existing'] === true ? 'skip' : 'refuse'
  const progress = createProgressLine(process.stderr)
  const done: Reported[] = []
  try {
    for (const [i, batch] of batches.entries()) {
      progress.tell(
        `${dryRun ? 'trying' : 'importing'} ${i + 1} of ${batches.length} parts, ${done.length} keys so far`,
      )
      const body = { keys: batch.map((line) => line.body), dryRun, existing }
      const answer = await api.call('POST', '/v1/keys/import', body)
      if (answer.status >= 400) {
        progress.end()
        return { exit: refusedPart(it, answer, batch, dryRun ? 0 : done.length) }
      }
      const { items } = answer.body as { items: Omit<Reported, 'line'>[] }
      done.push(...items.map(({ result, id, name }, at) => ({ line: batch[at]?.line ?? 0, result, id, name })))
    }
  } finally {
    progress.end()
  }
  return { lines: done }
}

// The API counts the keys of a request; people count the lines of their file.
function refusedPart(it: Invocation, answer: Answer, batch: readonly Line[], before: number): Exit {
  const problem = answer.body as { errors?: Fault[] }
  const errors = problem.errors?.map(({ path, message }) => ({ path: lineOf(path, batch), message }))
  const exit = showAnswer(
    it,
    { ...answer, body: { ...problem, ...(errors === undefined ? {} : { errors }) } },
    () => '',
  )
  const rest =
    before === 0
      ? 'Nothing was imported.'
      : `The ${before} keys before line ${batch[0]?.line} were imported, and nothing after. Mend the file, and run this again with --skip-existing.`
  it.output.say(rest)
  return exit
}

function lineOf(path: string, batch: readonly Line[]): string {
  const match = /^keys\.(\d+)(?:\.(.*))?$/.exec(path)
  const line = match === null ? undefined : batch[Number(match[1])]?.line
  if (line === undefined) return path
  return match?.[2] === undefined ? `line ${line}` : `line ${line}, ${match[2]}`
}

function report(it: Invocation, lines: readonly Reported[], dryRun: boolean): Exit {
  const count = (wanted: string) => lines.filter(({ result }) => result === wanted).length
  const [imported, skipped] = [count('imported'), count('skipped')]
  it.output.result({ dryRun, imported, skipped, lines }, () =>
    [
      ...lines.map(
        ({ line, result, id, name }) =>
          `line ${line}: ${result}: ${[id, printable(name)].filter((word) => word !== null).join(' ')}`,
      ),
      `${imported} ${imported === 1 ? 'key' : 'keys'} ${dryRun ? 'would be imported' : 'imported'}, ${skipped} left out because they are here already.`,
    ].join('\n'),
  )
  return EXIT.good
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '�')
}
