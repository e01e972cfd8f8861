import { queryOf, show, showAnswer } from './answer.ts'
import { type Command, EXIT, firstWord, type Invocation, textOption } from './command.ts'
import { table } from './output.ts'
import { UsageError } from './usage.ts'

const noun = 'access'
const person = 'usr_1hq3v0c9kd5m7w2x8p4t6r1a'

type Way = { kind: string; name: string; roles: string[]; grant: string | null; until: string | null }
type Held = { principal: { kind: string; id: string }; name: string; enabled: boolean; ways: Way[] }

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
]

/** How many pages of a hundred principals are looked at for one question. */
const MOST_PAGES = 100

async function who(it: Invocation) {
  const wanted = it.options.scope === true ? { scope: firstWord(it) } : { permission: firstWord(it) }
  const items: Held[] = []
  for (const kind of ['user', 'service']) {
    let cursor: string | undefined
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = queryOf({ ...wanted, kind, limit: 100, cursor })
      const answer = await (await it.api()).call('GET', `/v1/access/reviews/who${query}`)
      if (answer.status >= 400) return showAnswer(it, answer, () => '')
      const body = answer.body as { items: Held[]; nextCursor: string | null }
      items.push(...body.items)
      if (body.nextCursor === null) break
      cursor = body.nextCursor
    }
  }
  it.output.result({ items }, () => {
    const rows = items.flatMap(({ principal, name, ways }) =>
      ways.map((way) => [principal.id, name, way.name, wordsOf(way)]),
    )
    return table(['WHO', 'NAME', 'HOLDS', 'BY'], rows)
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
