import {
  actorOf,
  type Caller,
  createId,
  done,
  organizationOf,
  type Problem,
  type Result,
  refused,
  type Secret,
} from '../core/index.ts'
import type { Idempotency } from '../http/index.ts'
import { refuseHttp } from '../http/index.ts'
import { claimIdempotency, type Transaction } from '../store/index.ts'
import type { KeyDeps } from './deps.ts'
import { digestOf } from './digest.ts'
import { mint } from './format.ts'
import {
  defaultExpiry,
  type Environment,
  type Format,
  type Key,
  type KeyType,
  type Owner,
  type RotationSchedule,
} from './key.ts'
import { refuseKey } from './problems.ts'
import { entropyProblem, grantProblem, type KeyProperties, propertiesProblem } from './properties.ts'
import { reachOf } from './reach.ts'
import { placeProblem, scheduleProblem } from './rotation/check-schedule.ts'
import { nextRotation } from './rotation/schedule.ts'
import { ensureDefaultService } from './services.ts'
import { findKey, findService, insertKey } from './store.ts'
import type { KeyTables } from './tables.ts'

export type NewKey = Omit<KeyProperties, 'expiresAt' | 'rotation'> & {
  /** None when left out. */
  readonly rotation?: RotationSchedule | null
  readonly type: KeyType
  readonly environment: Environment
  readonly format: Format
  /** Null gives the key to the organization's default service. */
  readonly owner: Owner | null
  /** Milliseconds; null lets the classification decide. */
  readonly expiresAt: number | null
}

/** `secret` is there once: a repeated creation (same Idempotency-Key) answers the record without it. */
export type Created = { readonly key: Key; readonly secret: Secret | null }

/**
 * Makes a key. The record, its Event and the Idempotency-Key are one transaction; the key's text is in the answer and
 * nowhere else (row K4).
 *
 * Errors: `INPUT_INVALID`, `KEY_ENTROPY_TOO_LOW`, `GRANT_EXCEEDED`, `SERVICE_UNKNOWN`, `IDEMPOTENCY_KEY_REUSED`.
 */
export function createCreate(deps: KeyDeps) {
  return async (input: NewKey, caller: Caller, idempotency: Idempotency | null): Promise<Result<Created>> => {
    const now = deps.clock.now()
    const properties = { ...input, expiresAt: input.expiresAt ?? defaultExpiry(input.classification, now) }
    const problem =
      entropyProblem(input) ??
      propertiesProblem(properties, now) ??
      scheduleProblem(deps, { ...properties, rotation: input.rotation ?? null }, now, caller) ??
      grantProblem(input, caller)
    if (problem !== null) return refused(problem)
    return deps.store.write((tx) =>
      createWithin(deps, tx, { ...properties, owner: input.owner, now }, caller, idempotency),
    )
  }
}

type Wanted = Omit<NewKey, 'expiresAt'> & { readonly expiresAt: number; readonly now: number }

async function createWithin(
  deps: KeyDeps,
  tx: Transaction,
  wanted: Wanted,
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Result<Created>> {
  const owner = await ownerOf(deps, tx, wanted.owner, caller)
  if ('code' in owner) return refused(owner)
  const taken = await placeProblem(tx, null, wanted.rotation ?? null)
  if (taken !== null) return refused(taken)
  const id = createId('key', wanted.now)
  const repeat = await claim(tx, idempotency, id, wanted.now, caller)
  if (repeat !== null) return repeat
  const { owner: _asked, now, ...rest } = wanted
  return done(await insertNew(deps, tx, { ...rest, owner, id, rotatedFrom: null }, now, caller))
}

/** Mints the text, stores the record, tells the Event. Used by creation and rotation alike. */
export async function insertNew(
  deps: KeyDeps,
  tx: Transaction,
  wanted: Omit<Wanted, 'owner' | 'now'> & {
    owner: Owner
    id: string
    rotatedFrom: string | null
    status?: Key['status']
  },
  now: number,
  caller: Caller,
): Promise<Created> {
  const { id, environment, format } = wanted
  const minted = mint(format, { brand: deps.brand, environment, id: id.slice('key_'.length) })
  const pepper = deps.peppers().current
  const origin = { at: now, by: caller.principal.id, address: caller.address, userAgent: caller.userAgent }
  const rotation = wanted.rotation ?? null
  const key: Key = {
    ...wanted,
    organization: organizationOf(caller),
    hint: minted.hint,
    status: wanted.status ?? 'active',
    rotation,
    rotatesAt: nextRotation(rotation, deps.rotation.classDays(wanted.classification), now),
    created: origin,
    changed: origin,
    rotatedTo: null,
    version: 1,
  }
  await insertKey(tx, key, { digest: digestOf(deps.peppers(), pepper, minted.text.reveal()), pepper })
  await tx.announce('key', id)
  await deps.audit.append(tx, {
    ...actorOf(caller),
    type: 'key.created',
    outcome: 'success',
    resource: id,
    details: createdDetails(key),
  })
  return { key, secret: minted.text }
}

function createdDetails(key: Key) {
  const { name, environment, classification, owner, expiresAt, rotatedFrom } = key
  return { name, environment, classification, owner: owner.id, expiresAt, rotatedFrom }
}

async function claim(
  tx: Transaction,
  idempotency: Idempotency | null,
  id: string,
  now: number,
  caller: Caller,
): Promise<Result<Created> | null> {
  if (idempotency === null) return null
  const claimed = await claimIdempotency(tx, { ...idempotency, ref: id, now })
  if (claimed.is === 'new') return null
  if (claimed.is === 'conflict') return refused(refuseHttp('IDEMPOTENCY_KEY_REUSED'))
  const key = await findKey(tx.tables<KeyTables>(), claimed.ref, {
    organization: organizationOf(caller),
    ownerId: null,
  })
  return key === null ? refused(refuseKey('KEY_UNKNOWN')) : done({ key, secret: null })
}

async function ownerOf(deps: KeyDeps, tx: Transaction, owner: Owner | null, caller: Caller): Promise<Owner | Problem> {
  const self = reachOf(caller).ownerId
  if (self !== null)
    return owner === null || owner.id === self ? ownerSelf(caller) : wrongOwner('there is no such owner')
  if (owner === null) return { kind: 'service', id: (await ensureDefaultService(deps, tx, caller)).id }
  if (owner.kind === 'user') return (await deps.isUser(owner.id, caller)) ? owner : wrongOwner('there is no such user')
  const service = await findService(tx.tables<KeyTables>(), organizationOf(caller), { id: owner.id })
  if (service === null) return wrongOwner('there is no such service')
  return service.enabled ? owner : wrongOwner('this service is disabled; enable it first')
}

// Who does not manage the organization's keys makes keys for nobody but themselves.
function ownerSelf(caller: Caller): Owner | Problem {
  const { kind, id } = caller.principal
  return kind === 'user' || kind === 'service' ? { kind, id } : wrongOwner('only people and services own keys')
}

function wrongOwner(message: string): Problem {
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'owner.id', message }] })
}
