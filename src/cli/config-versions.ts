import { queryOf, show, showAnswer } from './answer.ts'
import { type Command, EXIT, firstWord, type Invocation, textOption } from './command.ts'
import { config } from './loaded.ts'
import { table } from './output.ts'
import { requireLoaded } from './surroundings.ts'
import { UsageError } from './usage.ts'

const noun = 'config'
const dryRun = { 'dry-run': { type: 'boolean' } } as const
const dryRunHelp = { 'dry-run': 'check everything, say what would change, and change nothing' } as const

/** What the gateway is told to be: the file of this machine, what is in force, and what was. */
export const configVersionCommands: readonly Command[] = [
  {
    noun,
    verb: 'diff',
    summary: 'Say in what the file differs from what is in force at the gateway. Exit code 1 when it does.',
    examples: ['sallyport config diff', 'sallyport config diff --server https://gate.example.com --key KEY'],
    run: diff,
  },
  {
    noun,
    verb: 'apply',
    summary: 'Put what the file says of the gateway in force on every process, all of it or nothing.',
    options: dryRun,
    help: dryRunHelp,
    examples: ['sallyport config apply --dry-run', 'sallyport config apply'],
    run: apply,
  },
  {
    noun,
    verb: 'versions',
    summary: 'List what the gateway was told to be, newest first.',
    options: { limit: { type: 'string' }, cursor: { type: 'string' } },
    help: { limit: 'how many, at most 100 (20)', cursor: 'where the page before said the next begins' },
    examples: ['sallyport config versions', 'sallyport config versions --limit 3 --json'],
    run: versions,
  },
  {
    noun,
    verb: 'show',
    words: 'VERSION',
    wordCount: 1,
    summary: 'Show what the gateway was told to be, in the form of a file.',
    examples: ['sallyport config show 6'],
    run: (it) =>
      show(it, 'GET', `/v1/configuration/versions/${versionOf(it)}`, undefined, ({ gateway }) =>
        JSON.stringify({ gateway }, null, 2),
      ),
  },
  {
    noun,
    verb: 'rollback',
    words: 'VERSION',
    wordCount: 1,
    summary: 'Let the gateway be again what it was. That is a new version.',
    options: dryRun,
    help: dryRunHelp,
    examples: ['sallyport config rollback 6'],
    run: rollBack,
  },
]

type Change = { readonly path: string; readonly is: string; readonly before?: unknown; readonly after?: unknown }
type InForce = {
  readonly newest: { readonly version: number; readonly gateway: Readonly<Record<string, unknown>> } | null
}

async function diff(it: Invocation) {
  const { written } = await requireLoaded(it.around)
  const api = await it.api()
  const answer = await api.call('GET', '/v1/configuration')
  if (answer.status >= 400) return showAnswer(it, answer, () => '')
  const { newest } = answer.body as InForce
  const { differencesOf } = await config()
  const changes = differencesOf(newest?.gateway ?? {}, written, ['gateway'])
  const against = newest === null ? 'nothing, which is what is in force' : `version ${newest.version}`
  const said =
    changes.length === 0 ? `The file says what is in force: ${against}.` : `The file differs from ${against}:`
  it.output.result({ version: newest?.version ?? null, changes }, () => [said, ...linesOf(changes)].join('\n'))
  return changes.length === 0 ? EXIT.good : EXIT.bad
}

async function apply(it: Invocation) {
  const { written } = await requireLoaded(it.around)
  return show(it, 'PUT', `/v1/configuration${queryFor(it)}`, { gateway: written }, (body) => outcomeOf(it, body))
}

function versions(it: Invocation) {
  const query = queryOf({ limit: textOption(it, 'limit'), cursor: textOption(it, 'cursor') })
  return show(it, 'GET', `/v1/configuration/versions${query}`, undefined, ({ items, nextCursor }) => {
    const rows = (items as Record<string, unknown>[]).map(({ version, at, by, cause, changed }) =>
      [version, at, by, cause, (changed as string[]).join(' ')].map(String),
    )
    const more = nextCursor === null ? [] : [`More with --cursor ${nextCursor}`]
    return [table(['VERSION', 'AT', 'BY', 'CAUSE', 'CHANGED'], rows), ...more].join('\n')
  })
}

function rollBack(it: Invocation) {
  const body = { version: versionOf(it) }
  return show(it, 'POST', `/v1/configuration/roll-back${queryFor(it)}`, body, (answer) => outcomeOf(it, answer))
}

function versionOf(it: Invocation): number {
  const word = firstWord(it)
  if (!/^[1-9]\d{0,8}$/.test(word)) throw new UsageError(`a version is a number such as 6, not "${word}"`)
  return Number(word)
}

function queryFor(it: Invocation): string {
  return it.options['dry-run'] === true ? '?dryRun=true' : ''
}

function outcomeOf(it: Invocation, { version, changes }: Record<string, unknown>): string {
  const all = changes as readonly Change[]
  if (all.length === 0) return `Nothing changes: version ${version} says the same.`
  const said = it.options['dry-run'] === true ? 'Right. This would change:' : `Version ${version} is in force. Changed:`
  return [said, ...linesOf(all)].join('\n')
}

const LONGEST = 100

function linesOf(changes: readonly Change[]): string[] {
  return changes.map(({ path, is, before, after }) => {
    if (is === 'added') return `  + ${path}: ${shown(after)}`
    return is === 'removed' ? `  - ${path}` : `  ~ ${path}: ${shown(before)} → ${shown(after)}`
  })
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
