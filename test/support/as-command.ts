import { Kysely, PostgresDialect } from 'kysely'
import { across, type Store } from '../../src/store/index.ts'

/** A system whose parts work for all organizations when a test asks them directly, as they do for a command. */
export function asCommand<T extends { readonly store: Store }>(system: T): T {
  const { store } = system
  const tables = store.dialect === 'sqlite' ? store.tables : <R>() => tablesAcross<R>(store)
  return { ...partAsCommand(system), store: { ...partAsCommand(store), tables } }
}

function partAsCommand<T extends object>(part: T): T {
  const made = Object.entries(part).map(([name, value]): [string, unknown] => {
    if (typeof value === 'function') return [name, (...given: unknown[]) => across('a test', () => value(...given))]
    return [name, isPart(value) ? partAsCommand(value) : value]
  })
  return Object.fromEntries(made) as T
}

// What is made of functions; values with a life of their own are left as they are.
function isPart(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

// A query runs when it is awaited, which is in the test.
function tablesAcross<R>(store: Store): Kysely<R> {
  const through = store.tables<R>().getExecutor()
  const executor = through.withConnectionProvider({
    provideConnection: (consumer, options) => across('a test', () => through.provideConnection(consumer, options)),
  })
  const nothing = () => Promise.reject(new Error('not this one'))
  const dialect = new PostgresDialect({ pool: { connect: nothing, end: nothing, options: {} } })
  return new Kysely<R>({ config: { dialect }, dialect, driver: dialect.createDriver(), executor })
}
