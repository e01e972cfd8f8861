import { queryOf, show } from './answer.ts'
import { type Command, firstWord, type Invocation, numberOption, textOption } from './command.ts'
import { table } from './output.ts'

const noun = 'keys'
const example = 'key_1hq3v0c9kd5m7w2x8p4t6r1a'

/** What the traffic of keys tells. */
export const keyUsageCommands: readonly Command[] = [
  {
    noun,
    verb: 'usage',
    summary: 'Show how a key is used: requests, rates, response times, from where, for what.',
    words: 'ID',
    wordCount: 1,
    options: {
      period: { type: 'string' },
      series: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
    },
    help: {
      period: 'whose endpoints and addresses: hour, day or month (month)',
      series: 'also a time series: minute, hour or day',
      from: 'when the series begins, such as 2026-11-21T00:00:00Z',
      to: 'when it ends (now)',
    },
    examples: [`sallyport keys usage ${example}`, `sallyport keys usage ${example} --series hour --json`],
    run: usage,
  },
  {
    noun,
    verb: 'top',
    summary: 'List the keys with the most requests.',
    options: { period: { type: 'string' }, limit: { type: 'string' } },
    help: { period: 'this hour, day or month (day)', limit: 'how many, at most 50 (10)' },
    examples: ['sallyport keys top', 'sallyport keys top --period month --limit 50 --json'],
    run: top,
  },
  {
    noun,
    verb: 'unused',
    summary: 'List keys that still work but that nobody uses, newest first.',
    options: { days: { type: 'string' }, limit: { type: 'string' }, cursor: { type: 'string' } },
    help: {
      days: 'not used for so many days (30)',
      limit: 'how many, at most 100 (20)',
      cursor: 'where the page before said the next begins',
    },
    examples: ['sallyport keys unused', 'sallyport keys unused --days 90 --json'],
    run: unused,
  },
]

function usage(it: Invocation) {
  const query = queryOf({
    period: textOption(it, 'period'),
    series: textOption(it, 'series'),
    from: textOption(it, 'from'),
    to: textOption(it, 'to'),
  })
  return show(it, 'GET', `/v1/keys/${encodeURIComponent(firstWord(it))}/usage${query}`, undefined, (body) =>
    usageText(body as unknown as UsageAnswer),
  )
}

function top(it: Invocation) {
  const query = queryOf({ period: textOption(it, 'period'), limit: numberOption(it, 'limit') })
  return show(it, 'GET', `/v1/keys/usage/top${query}`, undefined, (body) => {
    const items = body.items as readonly { id: string; name: string; requests: number; margin: number }[]
    return table(
      ['KEY', 'REQUESTS', 'NAME'],
      items.map(({ id, name, ...count }) => [id, shownCount(count), name]),
    )
  })
}

function unused(it: Invocation) {
  const query = queryOf({
    days: numberOption(it, 'days'),
    limit: numberOption(it, 'limit'),
    cursor: textOption(it, 'cursor'),
  })
  return show(it, 'GET', `/v1/keys/unused${query}`, undefined, (page) => {
    const items = page.items as readonly { id: string; name: string; lastUsedAt: string | null }[]
    const rows = items.map(({ id, name, lastUsedAt }) => [id, lastUsedAt ?? 'never', name])
    const more = page.nextCursor === null ? '' : `\nMore: --cursor ${page.nextCursor}`
    const next = items.length === 0 ? '' : '\nEnd one for good with: sallyport keys revoke ID'
    return `${table(['KEY', 'LAST USED', 'NAME'], rows)}${more}${next}`
  })
}

type Figures = {
  readonly requests: number
  readonly succeeded: number
  readonly denied: number
  readonly failed: number
  readonly successRate: number | null
  readonly averageMs: number | null
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}
type Count = { readonly requests: number; readonly margin: number }
type UsageAnswer = {
  readonly total: number
  readonly hour: number
  readonly day: number
  readonly month: number
  readonly lastUsedAt: string | null
  readonly lastUsedFrom: string | null
  readonly traffic: Readonly<Record<'hour' | 'day' | 'month', Figures>>
  readonly period: string
  readonly endpoints: readonly (Count & { method: string; route: string | null; path: string | null })[]
  readonly addresses: readonly (Count & { address: string })[]
  readonly countries: readonly (Count & { country: string })[]
  readonly codes: readonly (Count & { code: string })[]
  readonly series: { readonly points: readonly (Figures & { at: string })[] } | null
}

const HEAD = ['REQUESTS', 'SUCCEEDED', 'DENIED', 'FAILED', 'SUCCESS', 'AVERAGE', 'P50', 'P95', 'P99']

function usageText(body: UsageAnswer): string {
  const { total, hour, day, month, traffic, period, series } = body
  const last =
    body.lastUsedAt === null ? 'never' : `${body.lastUsedAt} from ${body.lastUsedFrom ?? 'an unknown address'}`
  const parts = [
    `Let through ${total} times: ${hour} this hour, ${day} today, ${month} this month.\nLast used: ${last}.`,
    table(
      ['THIS', ...HEAD],
      (['hour', 'day', 'month'] as const).map((name) => [name, ...cells(traffic[name])]),
    ),
    leaders(
      `ENDPOINT THIS ${period}`,
      body.endpoints.map(({ method, route, path, ...count }) => [`${method} ${path ?? route ?? ''}`, count]),
    ),
    leaders(
      `ADDRESS THIS ${period}`,
      body.addresses.map(({ address, ...count }) => [address, count]),
    ),
    leaders(
      `COUNTRY THIS ${period}`,
      body.countries.map(({ country, ...count }) => [country, count]),
    ),
    leaders(
      `CODE THIS ${period}`,
      body.codes.map(({ code, ...count }) => [code, count]),
    ),
    series === null
      ? null
      : table(
          ['FROM', ...HEAD],
          series.points.map(({ at, ...point }) => [at, ...cells(point)]),
        ),
  ]
  return parts.filter((part) => part !== null).join('\n\n')
}

function leaders(title: string, rows: readonly (readonly [string, Count])[]): string | null {
  if (rows.length === 0) return null
  return table(
    ['REQUESTS', title.toUpperCase()],
    rows.map(([name, count]) => [shownCount(count), name]),
  )
}

function cells({
  requests,
  succeeded,
  denied,
  failed,
  successRate,
  averageMs,
  p50Ms,
  p95Ms,
  p99Ms,
}: Figures): string[] {
  const numbers = [requests, succeeded, denied, failed].map(String)
  const rate = successRate === null ? '-' : `${(successRate * 100).toFixed(1)} %`
  return [...numbers, rate, ...[averageMs, p50Ms, p95Ms, p99Ms].map(shownTime)]
}

function shownTime(ms: number | null): string {
  return ms === null ? '-' : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

function shownCount({ requests, margin }: Count): string {
  return margin === 0 ? String(requests) : `${requests} to ${requests + margin}`
}
