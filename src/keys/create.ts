import type { Kysely } from 'kysely'
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
import { answerRepeat, refuseHttp } from '../http/index.ts'
import { claimIdempotency, type Transaction } from '../store/index.ts'
import { expiryOf, expiryProblem, lifeDays, placeTakenProblem } from './classification.ts'
import type { KeyDeps } from './deps.ts'
import { digestOf } from './digest.ts'
import { findKeyOwner } from './find-owner.ts'
import { mint } from './format.ts'
import { grantProblem, ownerProblem, together } from './grants.ts'
import type { Environment, Format, Key, KeyFormat, KeyType, Owner, RotationSchedule } from './key.ts'
import { type KeyOwner, UNMADE_SERVICE } from './owner.ts'
import { refuseKey } from './problems.ts'
import { entropyProblem, type KeyProperties, propertiesProblem } from './properties.ts'
import { placeProblem, scheduleProblem } from './rotation/check-schedule.ts'
import { nextRotation } from './rotation/schedule.ts'
import { DEFAULT_SERVICE_NAME } from './service/service.ts'
import { ensureDefaultService } from './service/services.ts'
import { findKey, findService, insertKey, readTables } from './store.ts'
import type { KeyTables } from './tables.ts'
import { reachOf } from './verify/reach.ts'

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
 * nowhere else (row K4). All that is wrong with the input is told at once.
 *
 * Errors: `INPUT_INVALID`, `KEY_ENTROPY_TOO_LOW`, `GRANT_EXCEEDED`, `KEY_LIMIT_REACHED`, `IDEMPOTENCY_KEY_REUSED`,
 * and for a CRITICAL key those of `freshProblem`.
 */
export function createCreate(deps: KeyDeps) {
  return async (input: NewKey, caller: Caller, idempotency: Idempotency | null): Promise<Result<Created>> => {
    const now = deps.clock.now()
    const stale = input.classification === 'CRITICAL' ? await deps.freshProblem(caller) : null
    if (stale !== null) return refused(stale)
    const problems = [entropyProblem(input), propertiesProblem(deps, input, now), grantProblem(input, caller)].filter(
      (problem) => problem !== null,
    )
    if (problems.length === 0) return deps.store.write((tx) => createWithin(deps, tx, input, now, caller, idempotency))
    // Nothing will be made; what else is wrong is worth a read, but not the writer's turn.
    const owner = await ownerOf(deps, readTables(deps.store), input.owner, caller)
    const others = 'code' in owner ? [owner] : ownersProblems(deps, input, owner, now, caller)
    return refused(together([...problems, ...others]) ?? refuseHttp('INPUT_INVALID'))
  }
}

async function createWithin(
  deps: KeyDeps,
  tx: Transaction,
  input: NewKey,
  now: number,
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Result<Created>> {
  const id = createId('key', now)
  const claim = (it: Idempotency) => claimIdempotency(tx, { ...it, ref: id, now })
  const repeat = await answerRepeat(idempotency, claim, (ref) => createdBefore(tx, ref, caller))
  if (repeat !== null) return repeat
  const settled = await settleNew(deps, tx, input, now, caller)
  if (!settled.ok) return settled
  return done(await insertNew(deps, tx, { ...input, ...settled.value, id, rotatedFrom: null }, now, caller))
}

/** What a new key needs the store for: whose it will be, when it ends, and whether it fits. For creation and import. */
export async function settleNew(
  deps: KeyDeps,
  tx: Transaction,
  input: Omit<NewKey, 'format'>,
  now: number,
  caller: Caller,
): Promise<Result<{ readonly owner: Owner; readonly expiresAt: number }>> {
  const owner = await ownerWithin(deps, tx, input.owner, caller)
  if ('code' in owner) return refused(owner)
  const problem =
    together(ownersProblems(deps, input, owner, now, caller)) ??
    (await placeProblem(tx, null, input.rotation ?? null)) ??
    (await placeTakenProblem(deps, tx, owner.state, { ...input, owner: owner.owner, except: [] }, now))
  if (problem !== null) return refused(problem)
  return done({
    owner: owner.owner,
    expiresAt: input.expiresAt ?? expiryOf(deps, owner.state, input.classification, now),
  })
}

// What depends on whose key it will be.
function ownersProblems(deps: KeyDeps, input: Omit<NewKey, 'format'>, { state }: Owned, now: number, caller: Caller) {
  const { classification, rotation = null } = input
  const expiresAt = input.expiresAt ?? expiryOf(deps, state, classification, now)
  return [
    expiryProblem(deps, state, { classification, expiresAt }, now),
    scheduleProblem(
      { rotation, expiresAt },
      { places: deps.rotation.places, now, lifeDays: lifeDays(deps, state, classification) },
      caller,
    ),
    ownerProblem(input, state),
  ]
}

type Wanted = Omit<NewKey, 'expiresAt' | 'format'> & {
  readonly format: KeyFormat
  readonly expiresAt: number
  readonly now: number
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
  const { id, environment } = wanted
  // The successor of a key of another system is one of ours.
  const format = wanted.format === 'foreign' ? 'prefixed' : wanted.format
  const minted = mint(format, { brand: deps.brand, environment, id: id.slice('key_'.length) })
  const pepper = deps.peppers().current
  const key = recordOf({ ...wanted, format, hint: minted.hint }, now, caller)
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

/** A new key as it is stored. */
export function recordOf(
  wanted: Omit<Wanted, 'owner' | 'now'> &
    Pick<Key, 'owner' | 'id' | 'rotatedFrom' | 'hint'> & { status?: Key['status'] },
  now: number,
  caller: Caller,
): Key {
  const { credential } = caller.principal
  const origin = { at: now, by: caller.principal.id, address: caller.address, userAgent: caller.userAgent }
  const created = credential?.kind === 'api_key' ? { ...origin, with: credential.id } : origin
  const rotation = wanted.rotation ?? null
  return {
    ...wanted,
    organization: organizationOf(caller),
    status: wanted.status ?? 'active',
    rotation,
    rotatesAt: nextRotation({ ...wanted, rotation }, now),
    created,
    changed: origin,
    rotatedTo: null,
    version: 1,
  }
}

export function createdDetails(key: Key) {
  const { name, environment, classification, owner, expiresAt, rotatedFrom } = key
  return { name, environment, classification, owner: owner.id, expiresAt, rotatedFrom }
}

async function createdBefore(tx: Transaction, id: string, caller: Caller): Promise<Result<Created>> {
  const key = await findKey(tx.tables<KeyTables>(), id, { organization: organizationOf(caller), ownerId: null })
  return key === null ? refused(refuseKey('KEY_UNKNOWN')) : done({ key, secret: null })
}

type Owned = { readonly owner: Owner; readonly state: KeyOwner }

/** Who would own a key, and what they hold. A default service that is not made yet has no id. */
async function ownerOf(
  deps: KeyDeps,
  db: Kysely<KeyTables>,
  asked: Owner | null,
  caller: Caller,
): Promise<Owned | Problem> {
  const owner = await askedOwner(db, asked, caller)
  if (owner === null) return { owner: { kind: 'service', id: '' }, state: UNMADE_SERVICE }
  return 'code' in owner ? owner : ownedBy(deps, db, owner, caller)
}

/** Who owns the key that is being made; the default service is made when first needed. */
async function ownerWithin(
  deps: KeyDeps,
  tx: Transaction,
  asked: Owner | null,
  caller: Caller,
): Promise<Owned | Problem> {
  const db = tx.tables<KeyTables>()
  const owner = (await askedOwner(db, asked, caller)) ?? {
    kind: 'service',
    id: (await ensureDefaultService(deps, tx, caller)).id,
  }
  return 'code' in owner ? owner : ownedBy(deps, db, owner, caller)
}

async function ownedBy(deps: KeyDeps, db: Kysely<KeyTables>, owner: Owner, caller: Caller): Promise<Owned | Problem> {
  const state = await findKeyOwner(deps, db, owner, organizationOf(caller))
  if (state === null) return wrongOwner(`there is no such ${owner.kind}`)
  return state.enabled ? { owner, state } : wrongOwner(`${state.name} is disabled; enable it first`)
}

async function askedOwner(db: Kysely<KeyTables>, asked: Owner | null, caller: Caller): Promise<Owner | Problem | null> {
  const self = reachOf(caller).ownerId
  if (self !== null)
    return asked === null || asked.id === self ? ownerSelf(caller) : wrongOwner('there is no such owner')
  if (asked !== null) return asked
  const service = await findService(db, organizationOf(caller), { name: DEFAULT_SERVICE_NAME })
  return service === null ? null : { kind: 'service', id: service.id }
}

// Who does not manage the organization's keys makes keys for nobody but themselves.
function ownerSelf(caller: Caller): Owner | Problem {
  const { kind, id } = caller.principal
  return kind === 'user' || kind === 'service' ? { kind, id } : wrongOwner('only people and services own keys')
}

function wrongOwner(message: string): Problem {
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'owner.id', message }] })
}
