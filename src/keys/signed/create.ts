import { missingPermissions } from '../../access/index.ts'
import {
  actorOf,
  type Caller,
  createId,
  done,
  type Problem,
  type Result,
  refused,
  type Secret,
} from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import { faultOfPublicKey, partsOf, type SignatureAlgorithm } from '../../signatures/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { KeyDeps } from '../deps.ts'
import { grantProblem } from '../grants.ts'
import { type Key, statusAt } from '../key.ts'
import { refuseKey } from '../problems.ts'
import { findKeyToChange } from '../store.ts'
import { reachOf } from '../verify/reach.ts'
import { makeSignatureSecret, type SignatureSecrets } from './secrets.ts'
import { MOST_SIGNATURE_KEYS, type SignatureKey } from './signature-key.ts'
import { insertSignatureKey, listSignatureKeys } from './store.ts'

export type NewSignatureKey = {
  /** The API key that it signs for. */
  readonly keyId: string
  readonly name: string
  readonly algorithm: SignatureAlgorithm
  /** A JWK (RFC 7517). For every algorithm but `hmac-sha256`, whose secret is made here. */
  readonly publicKey: Readonly<Record<string, unknown>> | null
}

/** The secret is there for `hmac-sha256` alone, and is shown this once. */
export type CreatedSignatureKey = { readonly key: SignatureKey; readonly secret: Secret | null }

export type SigningDeps = KeyDeps & { readonly signatures: SignatureSecrets }

/**
 * Gives an API key a way to sign requests. What is signed with it is done in the key's name, so whoever makes one must hold
 * what the key carries, as for a rotation.
 *
 * Errors: `KEY_UNKNOWN`, `KEY_STATUS_CONFLICT`, `GRANT_EXCEEDED`, `PERMISSION_MISSING`, `INPUT_INVALID`,
 * `SIGNATURE_KEYS_TOO_MANY`, those of a person who must prove again who they are.
 *
 * @example
 * const made = await create({ keyId, name: 'billing', algorithm: 'hmac-sha256', publicKey: null }, caller)
 * if (made.ok) show(made.value.secret)
 */
export function createSignatureKey(deps: SigningDeps) {
  return async (input: NewSignatureKey, caller: Caller): Promise<Result<CreatedSignatureKey>> => {
    const problem = inputProblem(input)
    if (problem !== null) return refused(problem)
    const stale = await deps.freshProblem(caller)
    return deps.store.write((tx) => createWithin(deps, tx, input, { caller, stale }))
  }
}

type Asking = {
  readonly caller: Caller
  /** Why the caller has to prove again who they are, if what they ask for is sensitive. */
  readonly stale: Problem | null
}

async function createWithin(
  deps: SigningDeps,
  tx: Transaction,
  input: NewSignatureKey,
  { caller, stale }: Asking,
): Promise<Result<CreatedSignatureKey>> {
  const now = deps.clock.now()
  const key = await findKeyToChange(tx, input.keyId, reachOf(caller))
  if (key === null) return refused(refuseKey('KEY_UNKNOWN'))
  const problem = keyProblem(deps, key, caller, now) ?? (key.classification === 'CRITICAL' ? stale : null)
  if (problem !== null) return refused(problem)
  if ((await listSignatureKeys(tx, key.id)).length >= MOST_SIGNATURE_KEYS)
    return refused(refuseKey('SIGNATURE_KEYS_TOO_MANY'))
  return done(await insertNew(deps, tx, input, caller, now))
}

async function insertNew(
  deps: SigningDeps,
  tx: Transaction,
  { keyId, name, algorithm, publicKey }: NewSignatureKey,
  caller: Caller,
  now: number,
): Promise<CreatedSignatureKey> {
  const id = createId('rsk', now)
  const secret = publicKey === null ? makeSignatureSecret() : null
  const key: SignatureKey = {
    id,
    keyId,
    name,
    algorithm,
    publicKey: publicKey === null ? null : partsOf(publicKey),
    createdAt: now,
    createdBy: caller.principal.id,
  }
  await insertSignatureKey(tx, key, secret === null ? null : deps.signatures.seal(id, secret))
  // What was looked for in vain is looked for again.
  await tx.announce('key', keyId)
  await deps.audit.append(tx, {
    ...actorOf(caller),
    type: 'key.signature_key_created',
    outcome: 'success',
    resource: keyId,
    details: { signatureKey: id, name, algorithm },
  })
  return { key, secret }
}

function inputProblem({ algorithm, publicKey }: NewSignatureKey): Problem | null {
  if (algorithm === 'hmac-sha256') {
    return publicKey === null
      ? null
      : wrong('publicKey', 'is for the other algorithms: the secret of an HMAC is made here')
  }
  if (publicKey === null) return wrong('publicKey', `is needed for ${algorithm}, as a JWK`)
  const fault = faultOfPublicKey(publicKey, algorithm)
  return fault === null ? null : wrong('publicKey', `cannot be used with ${algorithm}: ${fault}`)
}

function keyProblem(deps: SigningDeps, key: Key, caller: Caller, now: number): Problem | null {
  const status = statusAt(key, now)
  if (status !== 'active' && status !== 'inactive')
    return refuseKey('KEY_STATUS_CONFLICT', { detail: `The key is ${status}, so nothing can be signed in its name.` })
  return grantProblem(key, caller) ?? approvalEvaded(deps, key, caller)
}

// A second way to use a key of such a class would be a rotation without its approval.
function approvalEvaded({ rotation: { approval } }: SigningDeps, key: Key, caller: Caller): Problem | null {
  if (!approval.includes(key.classification)) return null
  if (missingPermissions(caller.principal.permissions, ['keys:emergency']).length === 0) return null
  return refuseKey('PERMISSION_MISSING', {
    detail: `Keys of class ${key.classification} are rotated with approval. Giving one a signature key needs the permission keys:emergency.`,
  })
}

function wrong(path: string, message: string): Problem {
  return refuseHttp('INPUT_INVALID', { errors: [{ path, message }] })
}
