import type { Kysely } from 'kysely'
import { type Clock, done, type Problem, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Store } from '../../store/index.ts'
import type { Model } from './compile-model.ts'
import type { Models } from './models.ts'
import { refuseRelation } from './problems.ts'
import type { Source } from './read-level.ts'
import { type RelationTables, tablesOf } from './tables.ts'
import { readToken } from './token.ts'
import type { Bound, Moment } from './walk.ts'

export type ConsultDeps = { readonly store: Store; readonly clock: Clock; readonly models: Models }

/** One attempt at an answer, and at which moment it was read. */
export type Attempt<T> = {
  readonly value: Result<T>
  readonly moment: Moment | null
  /** Whether something was committed while it was read. */
  readonly moved: boolean
}

/** An answer, and the revision of model and tuples that it is true of. */
export type Consulted<T> = { readonly value: T; readonly revision: number }

// Free reading first: most questions meet no write. The last attempt reads inside a transaction, where nothing moves.
const FREE_ATTEMPTS = 2
const MOST_ATTEMPTS = 10

/**
 * Answers a question about relations as of one moment, which is no older than a token's.
 *
 * Errors: `RELATION_MODEL_MISSING`, `RELATION_TOKEN_UNKNOWN`, `RELATION_TOKEN_AHEAD`, and those of the attempt.
 */
export async function consult<T>(
  deps: ConsultDeps,
  organization: string,
  token: string | null,
  attempt: (source: Source, model: Model) => Promise<Attempt<T>>,
): Promise<Result<Consulted<T>>> {
  const wanted = token === null ? done(0) : readToken(organization, token)
  if (!wanted.ok) return wanted
  const least = wanted.value
  for (let round = 0; round < MOST_ATTEMPTS; round++) {
    const { model, revision } = await modelFor(deps, organization, least > 0 || round > 0)
    if (revision < least) return refused(refuseRelation('RELATION_TOKEN_AHEAD', { retryAfter: 1 }))
    if (model === null) return refused(refuseRelation('RELATION_MODEL_MISSING'))
    const run = (db: Kysely<RelationTables>) => attempt(sourceOf(deps, organization, db), model)
    const still = round >= FREE_ATTEMPTS
    const made = await (still ? inOneMoment(deps.store, run) : run(tablesOf(deps.store)))
    const isOld = made.moment !== null && (made.moment.version !== model.version || made.moment.revision < least)
    if (isOld || (made.moved && !still)) continue
    return made.value.ok ? done({ value: made.value.value, revision: made.moment?.revision ?? revision }) : made.value
  }
  return refused(refuseHttp('UNAVAILABLE', { retryAfter: 1, reason: 'the model of relations changes all the time' }))
}

async function modelFor({ models }: ConsultDeps, organization: string, fresh: boolean) {
  const known = fresh ? undefined : models.known(organization)
  return known === undefined ? models.load(organization) : { model: known, revision: 0 }
}

function sourceOf({ store, clock }: ConsultDeps, organization: string, db: Kysely<RelationTables>): Source {
  return { dialect: store.dialect, db, organization, now: clock.now() }
}

function inOneMoment<T>(store: Store, run: (db: Kysely<RelationTables>) => Promise<T>): Promise<T> {
  const begin = tablesOf(store).transaction()
  return (store.dialect === 'postgres' ? begin.setIsolationLevel('repeatable read') : begin).execute(run)
}

/** The refusal for a question that met a bound. */
export function boundProblem(bound: Bound): Problem {
  return refuseRelation(bound === 'levels' ? 'RELATIONS_TOO_DEEP' : 'RELATIONS_TOO_WIDE')
}
