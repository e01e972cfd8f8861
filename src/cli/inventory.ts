import { queryOf, show } from './answer.ts'
import { type Command, type Invocation, numberOption, textOption } from './command.ts'
import { table } from './output.ts'

type Item = {
  readonly route: string
  readonly method: string
  readonly path: string
  readonly declared: boolean
  readonly requests: number
  readonly lastAt: string | null
}
type Finding = Omit<Item, 'route' | 'declared'> & {
  readonly kind: string
  readonly route: string | null
  readonly place: string | null
  readonly name: string | null
}

const paged = { route: { type: 'string' }, limit: { type: 'string' }, cursor: { type: 'string' } } as const
const pagedHelp = {
  route: 'only this route',
  limit: 'items in a page (20, at most 100)',
  cursor: 'nextCursor of the page before',
}

export const inventoryCommands: readonly Command[] = [
  {
    noun: 'inventory',
    verb: 'list',
    summary: 'List what routes declare, joined with what was asked for.',
    options: paged,
    help: pagedHelp,
    examples: ['sallyport inventory list', 'sallyport inventory list --route orders --json'],
    run: (it) => show(it, 'GET', `/v1/inventory${queryOf(pageOf(it))}`, undefined, itemsTable),
  },
  {
    noun: 'inventory',
    verb: 'findings',
    summary: 'List what is asked for and not declared, declared and not used, and names that no document has.',
    options: { kind: { type: 'string' }, ...paged },
    help: { kind: 'shadow, zombie or drift', ...pagedHelp },
    examples: ['sallyport inventory findings', 'sallyport inventory findings --kind shadow --json'],
    run: (it) => {
      const query = queryOf({ kind: textOption(it, 'kind'), ...pageOf(it) })
      return show(it, 'GET', `/v1/inventory/findings${query}`, undefined, findingsTable)
    },
  },
  {
    noun: 'inventory',
    verb: 'export',
    summary: 'Print the inventory as an OpenAPI 3.1 document.',
    options: { of: { type: 'string' } },
    help: { of: 'all (the default), what was seen, or what is declared' },
    examples: ['sallyport inventory export > apis.json', 'sallyport inventory export --of seen'],
    run: (it) => {
      const path = `/v1/inventory/openapi${queryOf({ of: textOption(it, 'of') })}`
      return show(it, 'GET', path, undefined, (document) => JSON.stringify(document, null, 2))
    },
  },
]

function pageOf(it: Invocation) {
  return { route: textOption(it, 'route'), limit: numberOption(it, 'limit'), cursor: textOption(it, 'cursor') }
}

function itemsTable({ items }: Record<string, unknown>): string {
  return table(
    ['ROUTE', 'METHOD', 'PATH', 'DECLARED', 'REQUESTS', 'LAST'],
    (items as readonly Item[]).map(({ route, method, path, declared, requests, lastAt }) => [
      route,
      method,
      path,
      declared ? 'yes' : 'no',
      String(requests),
      lastAt ?? 'never',
    ]),
  )
}

function findingsTable({ items }: Record<string, unknown>): string {
  return table(
    ['KIND', 'ROUTE', 'METHOD', 'PATH', 'WHAT', 'REQUESTS', 'LAST'],
    (items as readonly Finding[]).map(({ kind, route, method, path, place, name, requests, lastAt }) => [
      kind,
      route ?? '-',
      method,
      path,
      name === null ? '-' : `${place} ${name}`,
      String(requests),
      lastAt ?? 'never',
    ]),
  )
}
