import pg from 'pg'

/** The role that queries run as. It owns nothing, and row-level security holds for it. */
export const APPLICATION = 'sallyport_app'

type Standing = {
  readonly name: string
  /** Whether row-level security does not hold for the role that signed in. */
  readonly bypasses: boolean
  readonly creates: boolean
  readonly there: boolean
  readonly there_bypasses: boolean
  readonly member: boolean
}

const STANDING = `
  select me.rolname as name, me.rolsuper or me.rolbypassrls as bypasses, me.rolsuper or me.rolcreaterole as creates,
    it.oid is not null as there, coalesce(it.rolsuper or it.rolbypassrls, false) as there_bypasses,
    coalesce(pg_has_role(me.oid, it.oid, 'member'), false) as member
  from pg_roles me left join pg_roles it on it.rolname = '${APPLICATION}' where me.rolname = current_user`

// Somebody else made it at the same moment.
const THERE_ALREADY = new Set(['42710', '23505'])

/**
 * Finds the role that queries run as: `sallyport_app` where it can be had, made here if need be, and otherwise the one
 * that signed in, if row-level security holds for it.
 *
 * @param allowsBypass whether one that it does not hold for may be used all the same
 * @returns the role to take on each connection; null for the one that signed in
 * @throws with a sentence for the operator
 */
export async function findRole(client: pg.Client, allowsBypass: boolean): Promise<string | null> {
  const standing = await standingOf(client)
  if (standing.there_bypasses)
    throw new Error(`row-level security does not hold for the role ${APPLICATION}; take ${FROM_IT}`)
  if (standing.name === APPLICATION) return null
  if (standing.there && standing.member) return APPLICATION
  if (!standing.bypasses) return null
  if (standing.creates && (await make(client, standing))) return APPLICATION
  if (allowsBypass) return null
  throw new Error(refusalOf(standing.name))
}

const FROM_IT = 'SUPERUSER and BYPASSRLS from it'

function refusalOf(name: string): string {
  return (
    `row-level security does not hold for the role ${name}, and no other can be made. As a superuser run: ` +
    `create role ${APPLICATION} nologin; grant ${APPLICATION} to "${name}"; or take ${FROM_IT}. ` +
    'database.allowRoleThatBypassesRowSecurity starts without'
  )
}

async function standingOf(client: pg.Client): Promise<Standing> {
  const { rows } = await client.query<Standing>(STANDING)
  const [standing] = rows
  if (standing === undefined) throw new Error('it does not say who signed in')
  return standing
}

async function make(client: pg.Client, { there }: Standing): Promise<boolean> {
  try {
    if (!there) await create(client)
    const { member } = await standingOf(client)
    if (!member) await client.query(`grant ${APPLICATION} to current_user`)
    return true
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) return false
    throw error
  }
}

const INSUFFICIENT_PRIVILEGE = '42501'

async function create(client: pg.Client): Promise<void> {
  try {
    await client.query(
      `create role ${APPLICATION} nosuperuser nobypassrls nocreatedb nocreaterole noreplication noinherit nologin`,
    )
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !THERE_ALREADY.has(error.code ?? '')) throw error
  }
}

/** Runs a statement as the role that signed in. */
export type Run = <R extends object>(statement: string) => Promise<readonly R[]>

/** What the role may do with our tables: read and write rows, and nothing to the tables themselves. */
export async function grantTables(run: Run): Promise<void> {
  const lacking = await run<Lacking>(LACKING)
  for (const schema of new Set(lacking.map((it) => it.schema))) {
    await run(`grant usage on schema ${schema} to ${APPLICATION}`)
  }
  for (const { name, kind } of lacking) {
    const what = kind === 'S' ? 'usage, select on sequence' : 'select, insert, update, delete on table'
    await run(`grant ${what} ${name} to ${APPLICATION}`)
  }
}

/** Whether all our tables are granted, as far as the role that asks may see to it. */
export async function isGranted(run: Run): Promise<boolean> {
  return (await run(LACKING)).length === 0
}

type Lacking = { readonly schema: string; readonly name: string; readonly kind: string }

const LACKING = `
  select format('%I', n.nspname) as schema, format('%I.%I', n.nspname, c.relname) as name, c.relkind as kind
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles it on it.rolname = '${APPLICATION}'
  where n.nspname = current_schema() and c.relkind in ('r', 'S') and pg_has_role(c.relowner, 'member')
    and not case c.relkind
      when 'S' then has_sequence_privilege(it.oid, c.oid, 'usage')
      else has_table_privilege(it.oid, c.oid, 'select') and has_table_privilege(it.oid, c.oid, 'insert')
        and has_table_privilege(it.oid, c.oid, 'update') and has_table_privilege(it.oid, c.oid, 'delete')
    end`
