import { CompiledQuery, type PostgresPool, type PostgresPoolClient, type QueryExecutor } from 'kysely'
import type pg from 'pg'
import { NOTHING, scopeNow } from '../scope.ts'
import { keepingPlans } from './keep-plans.ts'

/** What the policies of the tables read. A connection on which it was never set sees nothing. */
export const SETTING = 'sallyport.organization'

const TELL = `select set_config('${SETTING}', $1, false)`
const TELL_HERE = `select set_config('${SETTING}', $1, true)`

/**
 * A pool whose connections are told the scope of whoever takes them, before they are handed out, and only when it is
 * another than they were told last. One that could not be told is thrown away.
 */
export function scopedPool(pool: pg.Pool): PostgresPool {
  const told = new WeakMap<object, string>()
  const keeping = new WeakMap<object, PostgresPoolClient>()

  // Of one connection always the same: whoever asks through it knows it again.
  function handedOut(client: pg.PoolClient): PostgresPoolClient {
    const known = keeping.get(client) ?? keepingPlans(client)
    keeping.set(client, known)
    return known
  }

  async function connect(): Promise<PostgresPoolClient> {
    const wanted = scopeNow()
    const client = await pool.connect()
    if ((told.get(client) ?? NOTHING) === wanted) return handedOut(client)
    try {
      await client.query(TELL, [wanted])
    } catch (error) {
      client.release(true)
      throw error
    }
    told.set(client, wanted)
    return handedOut(client)
  }

  return { connect, end: () => pool.end(), options: pool.options } as PostgresPool
}

/**
 * Queries of one transaction, each in the scope of whoever asks it. What is set in a transaction ends with it, however it
 * ends, so the connection goes back as it came. One at a time: a query must not run in the scope of the one beside it.
 */
export function scopedQueries(through: QueryExecutor): QueryExecutor {
  let told = scopeNow()
  let turn: Promise<unknown> = Promise.resolve()
  return through.withConnectionProvider({
    provideConnection: (consumer, options) => {
      const wanted = scopeNow()
      const mine = turn.then(() =>
        through.provideConnection(async (connection) => {
          if (told !== wanted) await connection.executeQuery(CompiledQuery.raw(TELL_HERE, [wanted]))
          told = wanted
          return consumer(connection)
        }, options),
      )
      turn = mine.catch(() => undefined)
      return mine
    },
  })
}
