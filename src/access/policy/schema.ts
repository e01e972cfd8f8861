import { type Caller, done, organizationOf, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { schemaWith } from './generated-schema.ts'
import { type PolicyDeps, save } from './save.ts'
import { policyTables, readBook } from './store.ts'

/** What policies are held against. */
export type PolicySchema = {
  /** What the organization declares; null where policies are held against nothing. */
  readonly added: string | null
  /** All of it: what is generated from our own entities, and what the organization declares. */
  readonly whole: string
  readonly version: number
}

/** Reads the schema of the caller's organization. */
export function createSchemaRead({ store }: Pick<PolicyDeps, 'store'>) {
  return async (caller: Caller): Promise<PolicySchema> => {
    const { schema, version } = await readBook(policyTables(store), organizationOf(caller))
    return { added: schema, whole: schemaWith(schema ?? ''), version }
  }
}

/** Changes the schema; see `Policies.changeSchema`. */
export function createSchemaChange(deps: PolicyDeps) {
  return (version: number | null, added: string | null, caller: Caller): Promise<Result<PolicySchema>> =>
    save(deps, caller, (book) => {
      if (version !== null && version !== book.version) return refused(refuseHttp('VERSION_STALE'))
      const after = { added, whole: schemaWith(added ?? ''), version: book.version + 1 }
      return done({
        book: { ...book, schema: added },
        write: async () => done(after),
        event: { type: 'policy.schema_changed', outcome: 'success', details: { version: after.version } },
      })
    })
}
