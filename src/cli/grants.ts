import { queryOf, show } from './answer.ts'
import { type Command, firstWord, type Invocation, numberOption, textOption } from './command.ts'
import { table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'grants'
const person = 'usr_1hq3v0c9kd5m7w2x8p4t6r1a'
const gives = {
  options: { role: { type: 'string' }, permission: { type: 'string' }, scope: { type: 'string' } },
  help: { role: 'a role', permission: 'a permission', scope: 'a scope' },
} as const

export const grantCommands: readonly Command[] = [
  {
    noun,
    verb: 'give',
    wordCount: 1,
    words: 'PRINCIPAL',
    summary: 'Grant a member or a service one thing, for a reason and, where you say so, until a time.',
    options: { ...gives.options, reason: { type: 'string' }, until: { type: 'string' } },
    help: { ...gives.help, reason: 'why (required)', until: 'when it ends by itself, in ISO 8601; never unless told' },
    examples: [
      `sallyport grants give ${person} --role support --reason 'on call' --until 2030-01-07T09:00:00Z`,
      `sallyport grants give ${person} --permission orders:read --reason 'audit of the year'`,
    ],
    run: give,
  },
  {
    noun,
    verb: 'list',
    summary: 'List grants, newest first, those that ended too.',
    options: {
      ...gives.options,
      principal: { type: 'string' },
      'working-at': { type: 'string' },
      limit: { type: 'string' },
      cursor: { type: 'string' },
    },
    help: {
      ...gives.help,
      principal: 'only what this member or service was granted',
      'working-at': 'only those that worked at this time, in ISO 8601',
      limit: 'how many, at most 100 (20)',
      cursor: 'where the page before said the next begins',
    },
    examples: ['sallyport grants list', `sallyport grants list --principal ${person}`],
    run: list,
  },
  {
    noun,
    verb: 'end',
    wordCount: 1,
    words: 'ID',
    summary: 'End a grant before its time.',
    examples: ['sallyport grants end grt_1hq3v0c9kd5m7w2x8p4t6r1a'],
    run: (it) =>
      show(it, 'DELETE', `/v1/grants/${encodeURIComponent(firstWord(it))}`, undefined, () => `${firstWord(it)} ended.`),
  },
]

function give(it: Invocation) {
  const reason = textOption(it, 'reason')
  if (reason === undefined) throw new UsageError('grants give needs --reason')
  const body = { principal: firstWord(it), ...givenIn(it), reason, until: textOption(it, 'until') }
  return show(it, 'POST', '/v1/grants', body, (grant) => `${grant.id}`)
}

function list(it: Invocation) {
  const query = queryOf({
    ...givenIn(it),
    principal: textOption(it, 'principal'),
    workingAt: textOption(it, 'working-at'),
    limit: numberOption(it, 'limit'),
    cursor: textOption(it, 'cursor'),
  })
  return show(it, 'GET', `/v1/grants${query}`, undefined, (page) => {
    const rows = (page.items as Record<string, unknown>[]).map((grant) => [
      String(grant.id),
      (grant.principal as { readonly id: string }).id,
      `${grant.kind} ${grant.name}`,
      String(grant.endedAt ?? grant.until ?? 'never'),
      String(grant.reason),
    ])
    return table(['ID', 'WHO', 'WHAT', 'ENDS', 'WHY'], rows)
  })
}

function givenIn(it: Invocation) {
  return {
    role: textOption(it, 'role'),
    permission: textOption(it, 'permission'),
    scope: textOption(it, 'scope'),
  }
}
