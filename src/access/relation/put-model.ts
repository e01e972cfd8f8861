import { actorOf, type Caller, done, type FieldError, organizationOf, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { compileModel } from './compile-model.ts'
import type { ModelDocument } from './model.ts'
import { CHANGED, stateOf } from './models.ts'
import { refuseRelation } from './problems.ts'
import { asModel, modelFormFaults } from './read-model.ts'
import { raiseRevision } from './revision.ts'
import { type StateRow, tablesOf } from './tables.ts'
import type { WriteDeps } from './write-tuples.ts'

/** The model of an organization as it is kept. */
export type StoredModel = {
  readonly document: ModelDocument
  readonly version: number
  readonly revision: number
  /** Milliseconds since the epoch. */
  readonly changedAt: number
  readonly changedBy: string
}

/** The model of an organization. Error: `RELATION_MODEL_MISSING`. */
export function createGetModel({ store }: Pick<WriteDeps, 'store'>) {
  return async (organization: string): Promise<Result<StoredModel>> => {
    const row = await stateOf(tablesOf(store), organization)
    if (row === undefined || row.model === null) return refused(refuseRelation('RELATION_MODEL_MISSING'))
    return done(storedOf(row, row.model))
  }
}

/**
 * Replaces the model of the caller's organization. Tuples stay; those that the new model does not allow count for nothing.
 *
 * @param version the version that may be replaced, 0 for none; null for whatever it is now
 * @returns the model. Errors: `RELATION_MODEL_INVALID`, `VERSION_STALE`
 */
export function createPutModel({ store, audit, clock }: WriteDeps) {
  return async (value: unknown, version: number | null, caller: Caller): Promise<Result<StoredModel>> => {
    const form = modelFormFaults(value)
    const faults = form.length > 0 ? form : compileModel(asModel(value), 0).faults
    if (faults.length > 0) return refused(invalid(faults))
    const document = asModel(value)
    return store.write(async (tx) => {
      const organization = organizationOf(caller)
      const state = await raiseRevision(tx, organization, caller, clock.now())
      if (version !== null && version !== state.model_version) return refused(refuseHttp('VERSION_STALE'))
      const next = { model: JSON.stringify(document), model_version: state.model_version + 1 }
      await tablesOf(tx)
        .updateTable('access_relation_state')
        .set(next)
        .where('organization', '=', organization)
        .execute()
      await tx.announce(CHANGED, organization)
      const details = { version: next.model_version, revision: state.revision, ...sizeOf(document) }
      const event = { type: 'relation.model_changed', outcome: 'success', resource: organization, details } as const
      await audit.append(tx, { ...actorOf(caller), ...event })
      return done(storedOf({ ...state, ...next }, next.model))
    })
  }
}

function storedOf(row: StateRow, model: string): StoredModel {
  const { revision, model_version, changed_at, changed_by } = row
  const document = asModel(JSON.parse(model))
  return { document, version: model_version, revision, changedAt: changed_at, changedBy: changed_by }
}

function sizeOf({ types }: ModelDocument) {
  const relations = Object.values(types).reduce((count, it) => count + Object.keys(it.relations ?? {}).length, 0)
  return { types: Object.keys(types).length, relations }
}

function invalid(errors: readonly FieldError[]) {
  return refuseRelation('RELATION_MODEL_INVALID', { errors: errors.slice(0, 20) })
}
