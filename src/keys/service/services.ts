import { missingPermissions, refuseAccess } from '../../access/index.ts'
import {
  actorOf,
  type Caller,
  createId,
  done,
  type EventInput,
  organizationOf,
  type Result,
  refused,
} from '../../core/index.ts'
import { answerRepeat, type Idempotency, refuseHttp } from '../../http/index.ts'
import { claimIdempotency, type Transaction } from '../../store/index.ts'
import type { Target } from '../change.ts'
import { holdName } from '../classification-store.ts'
import type { KeyDeps } from '../deps.ts'
import { refuseKey } from '../problems.ts'
import { findService, insertService, listServices, readTables, serviceIdsAfter, updateService } from '../store.ts'
import type { KeyTables } from '../tables.ts'
import { DEFAULT_SERVICE_NAME, nameToHold, type Service } from './service.ts'
import { EVERYTHING, grantsAfter, type ServiceGrants, serviceProblem, widenedProblem } from './service-grants.ts'

export type NewService = { readonly name: string; readonly description: string } & ServiceGrants
export type ServiceChange = Partial<NewService> & { readonly enabled?: boolean }

export type Services = {
  /**
   * Registers a machine client. What its keys may carry is everything unless it is said (row K9).
   * Errors: `INPUT_INVALID`, `SERVICE_NAME_TAKEN`, `IDEMPOTENCY_KEY_REUSED`.
   */
  readonly create: (input: NewService, caller: Caller, idempotency: Idempotency | null) => Promise<Result<Service>>
  /** Errors: `SERVICE_UNKNOWN`. */
  readonly get: (id: string, caller: Caller) => Promise<Result<Service>>
  /** Newest first, continuing before an id. */
  /** Ids of services of an organization in their order, continuing after one. */
  readonly idsAfter: (organization: string, after: string, limit: number) => Promise<readonly string[]>
  readonly list: (page: { before: string | null; limit: number }, caller: Caller) => Promise<Service[]>
  /**
   * Renames, describes, narrows, widens, disables or enables; its keys hear of it at once. Errors: `SERVICE_UNKNOWN`,
   * `INPUT_INVALID`, `GRANT_EXCEEDED`, `VERSION_STALE`, `SERVICE_NAME_TAKEN`.
   */
  readonly change: (target: Target, change: ServiceChange, caller: Caller) => Promise<Result<Service>>
}

export function createServices(deps: KeyDeps): Services {
  const create: Services['create'] = (input, caller, idempotency) =>
    deps.store.write((tx) => createWithin(deps, tx, input, caller, idempotency))

  const get: Services['get'] = async (id, caller) =>
    known(await findService(readTables(deps.store), organizationOf(caller), { id }))

  const idsAfter: Services['idsAfter'] = (organization, after, limit) =>
    serviceIdsAfter(readTables(deps.store), organization, after, limit)

  const list: Services['list'] = (page, caller) => listServices(readTables(deps.store), organizationOf(caller), page)

  const change: Services['change'] = (target, wanted, caller) =>
    deps.store.write((tx) => changeWithin(deps, tx, target, wanted, caller))

  return Object.freeze({ create, get, list, idsAfter, change })
}

function known(service: Service | null): Result<Service> {
  return service === null ? refused(refuseKey('SERVICE_UNKNOWN')) : done(service)
}

/** The service that owns keys made without an owner; made when first needed. */
export function ensureDefaultService(deps: KeyDeps, tx: Transaction, caller: Caller): Promise<Service> {
  const description = 'Owns the keys that were made without an owner.'
  return ensureNamed(deps, tx, { name: DEFAULT_SERVICE_NAME, description }, caller)
}

/**
 * The service of this name, registered when there is none.
 *
 * Errors: `PERMISSION_MISSING` when it would have to be registered by who may not.
 */
export async function ensureService(
  deps: KeyDeps,
  tx: Transaction,
  name: string,
  caller: Caller,
): Promise<Result<Service>> {
  const found = await findService(tx.tables<KeyTables>(), organizationOf(caller), { name })
  if (found !== null) return done(found)
  if (missingPermissions(caller.principal.permissions, ['services:manage']).length > 0) {
    return refused(refuseAccess('PERMISSION_MISSING', { detail: `To register "${name}" you need services:manage.` }))
  }
  return done(await ensureNamed(deps, tx, { name, description: 'Registered by an import of keys.' }, caller))
}

async function ensureNamed(deps: KeyDeps, tx: Transaction, input: NewService, caller: Caller): Promise<Service> {
  const find = () => findService(tx.tables<KeyTables>(), organizationOf(caller), { name: input.name })
  const found = await find()
  if (found !== null) return found
  // Of many that need it first at the same time one makes it.
  await holdName(tx, nameToHold(input.name, organizationOf(caller)))
  return (await find()) ?? insertNamed(deps, tx, input, caller)
}

async function createWithin(
  deps: KeyDeps,
  tx: Transaction,
  input: NewService,
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Result<Service>> {
  const problem = serviceProblem(deps, organizationOf(caller), input)
  if (problem !== null) return refused(problem)
  const db = tx.tables<KeyTables>()
  const organization = organizationOf(caller)
  const now = deps.clock.now()
  const id = createId('svc', now)
  const find = async (ref: string) => known(await findService(db, organization, { id: ref }))
  const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: id, now })
  const repeat = await answerRepeat(idempotency, claim, find)
  if (repeat !== null) return repeat
  if ((await findService(db, organization, { name: input.name })) !== null)
    return refused(refuseKey('SERVICE_NAME_TAKEN'))
  return done(await insertNamed(deps, tx, input, caller, id))
}

async function insertNamed(
  deps: KeyDeps,
  tx: Transaction,
  input: NewService,
  caller: Caller,
  id?: string,
): Promise<Service> {
  const now = deps.clock.now()
  const by = caller.principal.id
  const service: Service = {
    ...input,
    ...grantsAfter(EVERYTHING, input),
    contacts: input.contacts ?? [],
    id: id ?? createId('svc', now),
    organization: organizationOf(caller),
    enabled: true,
    createdAt: now,
    createdBy: by,
    changedAt: now,
    changedBy: by,
    version: 1,
  }
  await insertService(tx, service)
  await tx.announce('service', service.id)
  await tell(deps, tx, caller, service, {
    type: 'service.created',
    outcome: 'success',
    details: { name: service.name },
  })
  return service
}

async function changeWithin(
  deps: KeyDeps,
  tx: Transaction,
  target: Target,
  change: ServiceChange,
  caller: Caller,
): Promise<Result<Service>> {
  const db = tx.tables<KeyTables>()
  const service = await findService(db, organizationOf(caller), { id: target.id })
  if (service === null) return refused(refuseKey('SERVICE_UNKNOWN'))
  if (target.version !== null && target.version !== service.version) return refused(refuseHttp('VERSION_STALE'))
  const taken = change.name === undefined ? null : await findService(db, service.organization, { name: change.name })
  if (taken !== null && taken.id !== service.id) return refused(refuseKey('SERVICE_NAME_TAKEN'))
  const grants = grantsAfter(service, change)
  const problem = serviceProblem(deps, service.organization, change) ?? widenedProblem(deps, service, grants, caller)
  if (problem !== null) return refused(problem)
  const changed = { changedAt: deps.clock.now(), changedBy: caller.principal.id, version: service.version + 1 }
  const next: Service = { ...service, ...change, ...grants, ...changed }
  if (!(await updateService(tx, next, service.version))) return refused(refuseHttp('VERSION_STALE'))
  await tx.announce('service', service.id)
  for (const event of changeEvents(service, change)) await tell(deps, tx, caller, service, event)
  return done(next)
}

function changeEvents(service: Service, change: ServiceChange): EventInput[] {
  const { enabled, ...fields } = change
  const events: EventInput[] = []
  const names = Object.keys(fields).sort().join(' ')
  if (names !== '') events.push({ type: 'service.changed', outcome: 'success', details: { fields: names } })
  if (enabled !== undefined && enabled !== service.enabled) {
    events.push({ type: enabled ? 'service.enabled' : 'service.disabled', outcome: 'success' })
  }
  return events
}

async function tell(
  deps: KeyDeps,
  tx: Transaction,
  caller: Caller,
  service: Service,
  event: EventInput,
): Promise<void> {
  await deps.audit.append(tx, { ...actorOf(caller), ...event, resource: service.id })
}
