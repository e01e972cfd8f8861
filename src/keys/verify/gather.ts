import { setImmediate as endOfTurn } from 'node:timers/promises'

/** How rows are found by a value that no two rows share. */
export type Gathered<V, R> = {
  /** Reads the rows of so many values, in any order and without those that there are not. */
  readonly read: (values: readonly V[]) => Promise<readonly R[]>
  readonly nameOf: (value: V) => string
  readonly nameIn: (row: R) => string
}

type Turn<V, R> = { readonly values: Map<string, V>; readonly rows: Promise<ReadonlyMap<string, R>> }

/**
 * Reads together what is asked for in one turn of the event loop: keys that are met for the first time come by the dozen,
 * after a start or a change of configuration, and a statement costs more than the row that it finds.
 *
 * @returns a function that finds the row of one value, or null
 */
export function createGather<V, R>({ read, nameOf, nameIn }: Gathered<V, R>): (value: V) => Promise<R | null> {
  let turn: Turn<V, R> | null = null

  return async (value) => {
    const name = nameOf(value)
    turn ??= begin()
    turn.values.set(name, value)
    return (await turn.rows).get(name) ?? null
  }

  function begin(): Turn<V, R> {
    const values = new Map<string, V>()
    return { values, rows: readAtEnd(values) }
  }

  async function readAtEnd(values: ReadonlyMap<string, V>): Promise<ReadonlyMap<string, R>> {
    await endOfTurn()
    turn = null
    const rows = await read([...values.values()])
    return new Map(rows.map((row) => [nameIn(row), row]))
  }
}
