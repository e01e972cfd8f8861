import { queryOf, show } from './answer.ts'
import { type Command, firstWord, type Invocation, numberOption, textOption } from './command.ts'
import { record, table } from './output.ts'

const noun = 'approvals'
const one = { wordCount: 1, words: 'ID' } as const
const why = { options: { reason: { type: 'string' } }, help: { reason: 'why; kept in the record' } } as const
const example = 'apr_1hq3v0c9kd5m7w2x8p4t6r1a'

/** What waits for another person. */
export const approvalCommands: readonly Command[] = [
  {
    noun,
    verb: 'list',
    summary: 'List what waits, or waited, for another person, newest first.',
    options: {
      state: { type: 'string' },
      key: { type: 'string' },
      limit: { type: 'string' },
      cursor: { type: 'string' },
    },
    help: {
      state: 'pending, approved, rejected, used or lapsed',
      key: 'about this key',
      limit: 'how many, at most 100 (20)',
      cursor: 'where the page before said the next begins',
    },
    examples: ['sallyport approvals list --state pending'],
    run: list,
  },
  {
    ...one,
    noun,
    verb: 'show',
    summary: 'Show a request: who asked, why, and what was decided.',
    examples: [`sallyport approvals show ${example}`],
    run: (it) => show(it, 'GET', path(it), undefined, record),
  },
  {
    ...one,
    ...why,
    noun,
    verb: 'approve',
    summary: 'Approve what another person asked for.',
    examples: [`sallyport approvals approve ${example} --reason "agreed in the meeting"`],
    run: (it) => show(it, 'POST', `${path(it)}/approve`, reasonOf(it), approved),
  },
  {
    ...one,
    ...why,
    noun,
    verb: 'reject',
    summary: 'Reject what another person asked for.',
    examples: [`sallyport approvals reject ${example} --reason "not before the release"`],
    run: (it) => show(it, 'POST', `${path(it)}/reject`, reasonOf(it), ({ id }) => `${id} is rejected.`),
  },
]

function list(it: Invocation) {
  const query = queryOf({
    state: textOption(it, 'state'),
    key: textOption(it, 'key'),
    limit: numberOption(it, 'limit'),
    cursor: textOption(it, 'cursor'),
  })
  return show(it, 'GET', `/v1/approvals${query}`, undefined, (page) => {
    const items = page.items as (Record<string, string> & { requestedBy: { id: string }; reason: string | null })[]
    const rows = items.map((row) => [
      row.id,
      row.state,
      row.subject,
      row.requestedBy.id,
      row.lapsesAt,
      row.reason ?? '-',
    ])
    const more = page.nextCursor === null ? '' : `\nMore: --cursor ${page.nextCursor}`
    return `${table(
      ['ID', 'STATE', 'KEY', 'ASKED BY', 'LAPSES', 'REASON'],
      rows.map((row) => row.map(String)),
    )}${more}`
  })
}

function approved({ id, subject, dueAt, lapsesAt }: Record<string, unknown>): string {
  const next =
    dueAt === null
      ? `Whoever asked is shown the new key by: sallyport keys rotate ${subject} --approval ${id}, until ${lapsesAt}.`
      : `The key is rotated by itself when it is due, ${dueAt}.`
  return `${id} is approved. ${next}`
}

function path(it: Invocation): string {
  return `/v1/approvals/${encodeURIComponent(firstWord(it))}`
}

function reasonOf(it: Invocation): { reason: string } | undefined {
  const text = textOption(it, 'reason')
  return text === undefined ? undefined : { reason: text }
}
