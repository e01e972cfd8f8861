import { sql } from 'kysely'
import type { Audit } from '../../audit/index.ts'
import {
  actorOf,
  type Caller,
  type Clock,
  done,
  type FieldError,
  organizationOf,
  type Problem,
  type Result,
  refused,
} from '../../core/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import { compileModel, type Model } from './compile-model.ts'
import { allowedName } from './graph.ts'
import { ruleKey } from './model.ts'
import type { Models } from './models.ts'
import { refuseRelation } from './problems.ts'
import { asModel } from './read-model.ts'
import { raiseRevision } from './revision.ts'
import { type StateRow, type TupleRow, tablesOf } from './tables.ts'
import { type Tuple, type TupleKey, tupleText } from './tuple.ts'

export type Batch = {
  readonly write: readonly Tuple[]
  readonly remove: readonly TupleKey[]
  /** Tuples without which nothing is done. */
  readonly mustExist: readonly TupleKey[]
  /** Tuples with which nothing is done. */
  readonly mustNotExist: readonly TupleKey[]
}

export type Written = { readonly revision: number; readonly written: number; readonly removed: number }
export type WriteDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly models: Models
}

const TOLD = 10

/**
 * Writes and removes tuples, all or nothing. A tuple that is there already gets the new end; one that is not there need not
 * be removed.
 *
 * @returns the revision that a check must have seen to see this write. Errors: `RELATION_MODEL_MISSING`,
 * `RELATION_TUPLES_INVALID`, `RELATION_PRECONDITION_FAILED`
 */
export function createWriteTuples(deps: WriteDeps) {
  return (batch: Batch, caller: Caller): Promise<Result<Written>> =>
    deps.store.write(async (tx) => {
      const organization = organizationOf(caller)
      const now = deps.clock.now()
      // First, so that writers of one organization wait for each other and revisions are in the order of commits.
      const state = await raiseRevision(tx, organization, caller, now)
      const model = modelOf(deps, organization, state)
      if (model === null) return refused(refuseRelation('RELATION_MODEL_MISSING'))
      const problem = batchProblem(model, batch, now) ?? (await preconditionProblem(tx, organization, batch, now))
      if (problem !== null) return refused(problem)
      await insertTuples(tx, organization, batch.write, now)
      const removed = await deleteTuples(tx, organization, batch.remove)
      await tell(deps, tx, batch, caller, state.revision)
      return done({ revision: state.revision, written: batch.write.length, removed })
    })
}

function modelOf({ models }: WriteDeps, organization: string, state: StateRow): Model | null {
  const known = models.known(organization)
  if (known?.version === state.model_version) return known
  return state.model === null ? null : compileModel(asModel(JSON.parse(state.model)), state.model_version).model
}

function batchProblem(model: Model, batch: Batch, now: number): Problem | null {
  const errors = [
    ...batch.write.flatMap((tuple, i) => tupleFaults(model, tuple, `write.${i}`, now)),
    ...twiceFaults(batch),
  ]
  return errors.length === 0 ? null : refuseRelation('RELATION_TUPLES_INVALID', { errors: errors.slice(0, 20) })
}

function tupleFaults(model: Model, tuple: Tuple, path: string, now: number): FieldError[] {
  const { object, relation, subject, expiresAt } = tuple
  const rule = model.rules.get(ruleKey(object.type, relation))
  if (rule === undefined) return [{ path, message: `the model has no relation ${ruleKey(object.type, relation)}` }]
  const name = allowedName(subject)
  if (!rule.named.has(name)) return [{ path, message: `the model does not let ${rule.key} name ${name}` }]
  return expiresAt !== null && expiresAt <= now ? [{ path: `${path}.expiresAt`, message: 'must be in the future' }] : []
}

function twiceFaults({ write, remove }: Batch): FieldError[] {
  const seen = new Set<string>()
  return [...write, ...remove].flatMap((tuple) => {
    const text = tupleText(tuple)
    if (seen.has(text)) return [{ path: 'write', message: `${text} is named twice` }]
    seen.add(text)
    return []
  })
}

async function preconditionProblem(
  tx: Transaction,
  organization: string,
  { mustExist, mustNotExist }: Batch,
  now: number,
): Promise<Problem | null> {
  const asked = [...mustExist, ...mustNotExist]
  if (asked.length === 0) return null
  const rows = await tablesOf(tx)
    .selectFrom('access_tuple')
    .select(['object_type', 'object_id', 'relation', 'subject_type', 'subject_id', 'subject_relation'])
    .where('organization', '=', organization)
    .where(isOneOf(asked))
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .execute()
  const there = new Set(rows.map((row) => tupleText(keyOf(row))))
  const errors = [
    ...mustExist
      .filter((it) => !there.has(tupleText(it)))
      .map((it) => ({ path: 'mustExist', message: `${tupleText(it)} is not there` })),
    ...mustNotExist
      .filter((it) => there.has(tupleText(it)))
      .map((it) => ({ path: 'mustNotExist', message: `${tupleText(it)} is there` })),
  ]
  return errors.length === 0 ? null : refuseRelation('RELATION_PRECONDITION_FAILED', { errors: errors.slice(0, 20) })
}

async function insertTuples(
  tx: Transaction,
  organization: string,
  tuples: readonly Tuple[],
  now: number,
): Promise<void> {
  if (tuples.length === 0) return
  const rows = tuples.map(
    (it): TupleRow => ({
      organization,
      ...columnsOf(it),
      expires_at: it.expiresAt,
      created_at: now,
    }),
  )
  await tablesOf(tx)
    .insertInto('access_tuple')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns([
          'organization',
          'object_type',
          'object_id',
          'relation',
          'subject_relation',
          'subject_type',
          'subject_id',
        ])
        .doUpdateSet((eb) => ({ expires_at: eb.ref('excluded.expires_at') })),
    )
    .execute()
}

async function deleteTuples(tx: Transaction, organization: string, tuples: readonly TupleKey[]): Promise<number> {
  if (tuples.length === 0) return 0
  const { numDeletedRows } = await tablesOf(tx)
    .deleteFrom('access_tuple')
    .where('organization', '=', organization)
    .where(isOneOf(tuples))
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

function isOneOf(tuples: readonly TupleKey[]) {
  const rows = tuples.map((tuple) => {
    const it = columnsOf(tuple)
    return sql`(${it.object_type}, ${it.object_id}, ${it.relation}, ${it.subject_relation}, ${it.subject_type}, ${it.subject_id})`
  })
  return sql<boolean>`(object_type, object_id, relation, subject_relation, subject_type, subject_id)
    in (values ${sql.join(rows)})`
}

function columnsOf({ object, relation, subject }: TupleKey) {
  return {
    object_type: object.type,
    object_id: object.id,
    relation,
    subject_relation: subject.relation,
    subject_type: subject.type,
    subject_id: subject.id,
  }
}

/** The tuple of a row. */
export function keyOf(row: ReturnType<typeof columnsOf>): TupleKey {
  return {
    object: { type: row.object_type, id: row.object_id },
    relation: row.relation,
    subject: { type: row.subject_type, id: row.subject_id, relation: row.subject_relation },
  }
}

async function tell(
  { audit }: WriteDeps,
  tx: Transaction,
  batch: Batch,
  caller: Caller,
  revision: number,
): Promise<void> {
  for (const [type, tuples] of [
    ['relation.written', batch.write],
    ['relation.removed', batch.remove],
  ] as const) {
    if (tuples.length === 0) continue
    const details = { count: tuples.length, tuples: tuples.slice(0, TOLD).map(tupleText).join(' '), revision }
    await audit.append(tx, { ...actorOf(caller), type, outcome: 'success', resource: organizationOf(caller), details })
  }
}
