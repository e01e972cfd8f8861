import { type Kysely, type Dialect as KyselyDialect, type QueryExecutor, Transaction } from 'kysely'

/** Queries of one transaction that stop working when it ends, so that a forgotten `await` cannot write into the next. */
export type Guarded = { readonly db: Kysely<unknown>; readonly end: () => void }

/**
 * @param usable asked before each query; throws when the transaction is gone
 */
export function guarded(dialect: KyselyDialect, through: QueryExecutor, usable: () => void): Guarded {
  let open = true
  const executor = through.withConnectionProvider({
    provideConnection: async (consumer, options) => {
      if (!open) throw new Error('a query ran after its transaction ended; an await is missing')
      usable()
      return through.provideConnection(consumer, options)
    },
  })
  const db = new Transaction<unknown>({ config: { dialect }, dialect, driver: dialect.createDriver(), executor })
  return {
    db,
    end: () => {
      open = false
    },
  }
}
