import { queryOf, show, showAnswer } from './answer.ts'
import { type Command, EXIT, firstWord, type Invocation, textOption } from './command.ts'
import { table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'access'
const person = 'usr_1hq3v0c9kd5m7w2x8p4t6r1a'

type Way = { kind: string; name: string; roles: string[]; grant: string | null; until: string | null }
type Held = { principal: { kind: string; id: string }; name: string; enabled: boolean; ways: Way[] }

type Unused = {
  principal: { id: string }
  name: string
  gives: { kind: string; name: string }
  grant: string | null
  lastUsedOn: string | null
  state: string
}

export const reviewCommands: readonly Command[] = [
  {
    noun,
    verb: 'who',
    wordCount: 1,
    words: 'PERMISSION',
    summary: 'List who holds a permission by roles and grants, and by which ways.',
    options: { scope: { type: 'boolean' } },
    help: { scope: 'ask about a scope of this name instead' },
    examples: ['sallyport access who orders:read', 'sallyport access who read --scope'],
    run: who,
  },
  {
    noun,
    verb: 'what',
    wordCount: 1,
    words: 'PRINCIPAL',
    summary: 'Show all that a member or a service holds by roles and grants, and by which ways.',
    examples: [`sallyport access what ${person}`],
    run: (it) =>
      show(it, 'GET', `/v1/access/reviews/what${queryOf({ principal: firstWord(it) })}`, undefined, (held) => {
        const rows = (held as unknown as Held).ways.map((way) => [way.kind, way.name, wordsOf(way)])
        return table(['WHAT', 'NAME', 'BY'], rows)
      }),
  },
  {
    noun,
    verb: 'diff',
    summary: 'Show what changed who may do what between two times.',
    options: { since: { type: 'string' }, until: { type: 'string' } },
    help: { since: 'the first moment, in ISO 8601 (required)', until: 'the moment after the last; now unless told' },
    examples: ['sallyport access diff --since 2026-01-01T00:00:00Z --until 2026-04-01T00:00:00Z'],
    run: diff,
  },
  {
    noun,
    verb: 'unused',
    summary: 'List what was given to members and services, and not used for some time.',
    options: { days: { type: 'string' }, new: { type: 'boolean' } },
    help: {
      days: 'not used for so many days, from 1 to 365; 90 unless told',
      new: 'list what was given less than so many days ago, too',
    },
    examples: ['sallyport access unused', 'sallyport access unused --days 30 --new --json'],
    run: unused,
  },
]

/** How many pages of a hundred principals are looked at for one question. */
const MOST_PAGES = 100

/** Asks a review about people, then about services, to its end. */
async function everybody<T>(it: Invocation, review: string, asked: Record<string, string | undefined>) {
  const items: T[] = []
  for (const kind of ['user', 'service']) {
    let cursor: string | undefined
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = queryOf({ ...asked, kind, limit: 100, cursor })
      const answer = await (await it.api()).call('GET', `/v1/access/reviews/${review}${query}`)
      if (answer.status >= 400) return { items, refusal: answer }
      const body = answer.body as { items: T[]; nextCursor: string | null }
      items.push(...body.items)
      if (body.nextCursor === null) break
      cursor = body.nextCursor
    }
  }
  return { items, refusal: null }
}

async function who(it: Invocation) {
  const wanted = it.options.scope === true ? { scope: firstWord(it) } : { permission: firstWord(it) }
  const { items, refusal } = await everybody<Held>(it, 'who', wanted)
  if (refusal !== null) return showAnswer(it, refusal, () => '')
  it.output.result({ items }, () => {
    const rows = items.flatMap(({ principal, name, ways }) =>
      ways.map((way) => [principal.id, name, way.name, wordsOf(way)]),
    )
    return table(['WHO', 'NAME', 'HOLDS', 'BY'], rows)
  })
  return EXIT.good
}

async function unused(it: Invocation) {
  const found = await everybody<Unused>(it, 'unused', { days: textOption(it, 'days') })
  if (found.refusal !== null) return showAnswer(it, found.refusal, () => '')
  const items = found.items.filter(({ state }) => it.options.new === true || state !== 'new')
  it.output.result({ items }, () => {
    const rows = items.map(({ principal, name, gives, grant, lastUsedOn, state }) => [
      principal.id,
      name,
      `${gives.kind} ${gives.name}`,
      grant === null ? 'itself' : `grant ${grant}`,
      lastUsedOn ?? 'never',
      state,
    ])
    return table(['WHO', 'NAME', 'HAS', 'BY', 'LAST USED', 'STATE'], rows)
  })
  return EXIT.good
}

function diff(it: Invocation) {
  const since = textOption(it, 'since')
  if (since === undefined) throw new UsageError('access diff needs --since')
  const query = queryOf({ since, until: textOption(it, 'until') ?? new Date().toISOString() })
  return show(it, 'GET', `/v1/access/reviews/diff${query}`, undefined, (body) => {
    const rows = (body.items as Record<string, unknown>[]).map((change) => [
      String(change.at),
      String(change.type),
      String(change.resource ?? ''),
      String(change.by ?? 'time'),
    ])
    const more = body.complete === true ? '' : '\n\nThere is more: ask for a shorter time.'
    return `${table(['WHEN', 'WHAT', 'OF', 'BY'], rows)}${more}`
  })
}

function wordsOf({ roles, grant, until }: Way): string {
  const source = grant === null ? [] : [`grant ${grant}${until === null ? '' : ` until ${until}`}`]
  return [...source, ...roles].join(' → ') || 'itself'
}
