import { show } from './answer.ts'
import { type Command, firstWord, type Invocation, numberOption, textOption } from './command.ts'
import { durationOf } from './duration.ts'
import { table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'keys'
const one = { wordCount: 1, words: 'ID' } as const
const example = 'key_1hq3v0c9kd5m7w2x8p4t6r1a'

/** Rotation of keys: do it, undo it, put it on a schedule, see where it stands. */
export const keyRotationCommands: readonly Command[] = [
  {
    ...one,
    noun,
    verb: 'rotate',
    summary: 'Replace a key by a new one; the old one works on for a while.',
    options: {
      grace: { type: 'string' },
      approval: { type: 'string' },
      immediate: { type: 'boolean' },
      reason: { type: 'string' },
    },
    help: {
      grace: 'how long the old key still works, such as 24h; 0 revokes it at once (24h)',
      approval: 'the approval that another person gave to your request',
      immediate: 'do not wait for approval; needs keys:emergency and --reason, and raises an alert',
      reason: 'why; kept in the record',
    },
    examples: [
      `sallyport keys rotate ${example} --grace 1h`,
      `sallyport keys rotate ${example} --approval apr_1hq3v0c9kd5m7w2x8p4t6r1a`,
      `sallyport keys rotate ${example} --immediate --grace 0 --reason "seen in a chat"`,
    ],
    run: (it) => show(it, 'POST', `/v1/keys/${idWord(it)}/rotate`, wishOf(it), rotated),
  },
  {
    ...one,
    noun,
    verb: 'rollback',
    summary: 'Undo a rotation while the old key still works: the new key ends, the old one lives on.',
    options: { reason: { type: 'string' } },
    help: { reason: 'why; kept in the record' },
    examples: [`sallyport keys rollback ${example} --reason "the new key was lost"`],
    run: (it) =>
      show(it, 'POST', `/v1/keys/${idWord(it)}/rollback`, present({ reason: textOption(it, 'reason') }), rolledBack),
  },
  {
    ...one,
    noun,
    verb: 'rotation',
    summary: 'Show when a key is rotated next and was before; with --report who still uses the old one.',
    options: { report: { type: 'boolean' } },
    help: { report: 'who still uses the old key, and from where' },
    examples: [`sallyport keys rotation ${example}`, `sallyport keys rotation ${example} --report`],
    run: (it) =>
      it.options.report === true
        ? show(it, 'GET', `/v1/keys/${idWord(it)}/rotation/report`, undefined, report)
        : show(it, 'GET', `/v1/keys/${idWord(it)}/rotation`, undefined, standing),
  },
  {
    ...one,
    noun,
    verb: 'schedule',
    summary: 'Have a key rotated again and again, or no more.',
    options: {
      every: { type: 'string' },
      notice: { type: 'string' },
      store: { type: 'string' },
      path: { type: 'string' },
      off: { type: 'boolean' },
    },
    help: {
      every: 'daily, weekly, monthly, quarterly, classification, or a number of days',
      notice: 'days before that its owner is told (7)',
      store: 'the secret store that new keys are placed in; without one there are only reminders',
      path: 'where in the store, such as billing/api-key',
      off: 'no more schedule',
    },
    examples: [
      `sallyport keys schedule ${example} --every monthly --store deploy --path billing/api-key`,
      `sallyport keys schedule ${example} --every 45 --notice 3`,
      `sallyport keys schedule ${example} --off`,
    ],
    run: (it) => show(it, 'PATCH', `/v1/keys/${idWord(it)}`, { rotation: scheduleOf(it) }, scheduled),
  },
]

function wishOf(it: Invocation): Record<string, unknown> {
  const grace = textOption(it, 'grace')
  return present({
    graceSeconds: grace === undefined ? undefined : Math.floor(durationOf('grace', grace) / 1000),
    approval: textOption(it, 'approval'),
    immediate: it.options.immediate === true ? true : undefined,
    reason: textOption(it, 'reason'),
  })
}

function scheduleOf(it: Invocation): Record<string, unknown> | null {
  const [every, store, path] = [textOption(it, 'every'), textOption(it, 'store'), textOption(it, 'path')]
  if (it.options.off === true) {
    if (every !== undefined) throw new UsageError('keys schedule takes --every or --off, not both')
    return null
  }
  if (every === undefined) throw new UsageError('keys schedule needs --every, or --off')
  if ((store === undefined) !== (path === undefined)) throw new UsageError('--store and --path go together')
  return present({
    every: /^\d{1,5}$/.test(every) ? Number(every) : every,
    notice: numberOption(it, 'notice'),
    store: store === undefined ? undefined : { name: store, path },
  })
}

function rotated(answer: Record<string, unknown>): string {
  return answer.subject === undefined ? shownOnce(answer) : waiting(answer)
}

function shownOnce({ key, id, rotatedFrom, placed }: Record<string, unknown>): string {
  if (placed !== null) return placedAt(placed as Record<string, string>, `${id}`, `${rotatedFrom}`)
  return [
    `${key}`,
    '',
    `This is the only time the new key is shown. Its id is ${id}; it replaces ${rotatedFrom}.`,
    `Who still uses the old one: sallyport keys rotation ${rotatedFrom} --report`,
  ].join('\n')
}

function placedAt({ name, path }: Record<string, string>, id: string, rotatedFrom: string): string {
  return [
    `${id} replaces ${rotatedFrom}. It lies in the secret store "${name}", at ${path}, and is shown to nobody.`,
    `Who still uses the old one: sallyport keys rotation ${rotatedFrom} --report`,
  ].join('\n')
}

function waiting({ id, subject, lapsesAt }: Record<string, unknown>): string {
  return [
    `This waits for another person who holds keys:approve, until ${lapsesAt}:`,
    `  sallyport approvals approve ${id}`,
    'Approved, the new key is shown to you, once, by:',
    `  sallyport keys rotate ${subject} --approval ${id}`,
  ].join('\n')
}

const STORE_SAYS: Readonly<Record<string, string>> = {
  put_back: ' It lies in its secret store again.',
  not_kept: ' Its secret store does not have it any more: put it there yourself.',
}

function rolledBack({ id, expiresAt, store }: Record<string, unknown>): string {
  return `${id} lives on until ${expiresAt}; the key that replaced it is revoked.${STORE_SAYS[String(store)] ?? ''}`
}

function scheduled({ id, rotatesAt }: Record<string, unknown>): string {
  return rotatesAt === null ? `${id} is rotated by hand only.` : `${id} is rotated next on ${rotatesAt}.`
}

type Entry = Readonly<Record<'at' | 'kind' | 'state' | 'from' | 'to' | 'by', string>> & {
  readonly failure: string | null
}
type Standing = {
  readonly keyId: string
  readonly status: string
  readonly nextRotationAt: string | null
  readonly daysLeft: number | null
  readonly graceEndsAt: string | null
  readonly rotatedTo: string | null
  readonly failure: string | null
  readonly approvals: readonly { readonly id: string; readonly state: string }[]
  readonly history: readonly Entry[]
}

function standing(answer: Record<string, unknown>): string {
  const it = answer as Standing
  const rows = it.history.map((entry) => [entry.at, entry.kind, entry.state, entry.from, entry.to, entry.by])
  return [...wordsOf(it), '', table(['AT', 'KIND', 'STATE', 'FROM', 'TO', 'BY'], rows)].join('\n')
}

function wordsOf(it: Standing): string[] {
  const open = it.approvals.map(({ id, state }) => `The request ${id} is ${state}. See: sallyport approvals show ${id}`)
  return [
    it.nextRotationAt === null
      ? `${it.keyId} has no rotation ahead (${it.status}).`
      : `${it.keyId} is rotated next on ${it.nextRotationAt}, in ${counted(it.daysLeft ?? 0, 'day')} (${it.status}).`,
    ...(it.rotatedTo === null ? [] : [replaced(it)]),
    ...(it.failure === null ? [] : [`The last attempt failed: ${it.failure}.`]),
    ...open,
  ]
}

function replaced({ rotatedTo, status, graceEndsAt }: Standing): string {
  return `It was replaced by ${rotatedTo} and ${status === 'ended' ? 'works no more' : `works until ${graceEndsAt}`}.`
}

function counted(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? '' : 's'}`
}

type Use = {
  readonly address: string
  readonly uses: number
  readonly lastAt: string
  readonly userAgent: string | null
}

function report(answer: Record<string, unknown>): string {
  const { old, uses, lastUsedAt, from } = answer as {
    old: { id: string; endsAt: string; status: string }
    uses: number
    lastUsedAt: string | null
    from: readonly Use[]
  }
  if (uses === 0) return `Nobody used ${old.id} since it was replaced (${old.status}, ends ${old.endsAt}).`
  const rows = from.map((use) => [use.address, String(use.uses), use.lastAt, use.userAgent ?? '-'])
  return [
    `${old.id} was used ${counted(uses, 'time')} since it was replaced, last ${lastUsedAt} (${old.status}, ends ${old.endsAt}).`,
    '',
    table(['ADDRESS', 'USES', 'LAST', 'PROGRAM'], rows),
  ].join('\n')
}

function idWord(it: Invocation): string {
  return encodeURIComponent(firstWord(it))
}

function present(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}
