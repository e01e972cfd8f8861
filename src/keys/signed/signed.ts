import { type Authenticator, type Caller, done, type Result, refused } from '../../core/index.ts'
import type { Secrets } from '../../secrets/index.ts'
import type { KeyDeps } from '../deps.ts'
import { refuseKey } from '../problems.ts'
import { findKey, readTables } from '../store.ts'
import type { Admission } from '../verify/admit.ts'
import type { Directory, KeySource } from '../verify/directory.ts'
import { reachOf } from '../verify/reach.ts'
import { type AcceptOnce, createSignatureAuthenticator, type SignatureDemands } from './authenticator.ts'
import { type CreatedSignatureKey, createSignatureKey, type NewSignatureKey } from './create.ts'
import { createSignatureDirectory } from './directory.ts'
import { revokeSignatureKey } from './revoke.ts'
import { openSignatureSecrets } from './secrets.ts'
import type { SignatureKey } from './signature-key.ts'
import { findSignatureRow, listSignatureKeys } from './store.ts'

/** Requests that are signed in the name of an API key (row G3; RFC 9421). */
export type SignedRequests = {
  readonly create: (input: NewSignatureKey, caller: Caller) => Promise<Result<CreatedSignatureKey>>
  /** Those of one API key, oldest first. Errors: `KEY_UNKNOWN`. */
  readonly list: (keyId: string, caller: Caller) => Promise<Result<readonly SignatureKey[]>>
  /** Errors: `KEY_UNKNOWN`, `SIGNATURE_KEY_UNKNOWN`. */
  readonly revoke: (target: { readonly keyId: string; readonly id: string }, caller: Caller) => Promise<Result<null>>
  /** The authenticator of a place, with what it asks of signatures. */
  readonly authenticator: (demands: SignatureDemands) => Authenticator
}

type Deps = KeyDeps & {
  readonly secrets: Secrets
  readonly byId: KeySource['byId']
  readonly admission: Admission
  readonly accepted: AcceptOnce
  readonly capacity: number
}

/** Opens the signature keys, and what must forget them when a key, its owner or its organization changes. */
export async function openSignedRequests(
  deps: Deps,
): Promise<SignedRequests & Pick<Directory, 'forget' | 'forgetOwner'>> {
  const { store, clock, capacity, byId, admission, accepted } = deps
  const signatures = await openSignatureSecrets(deps.secrets)
  const directory = createSignatureDirectory({
    find: (id) => store.across('whose a signature key is shows when it is found', () => findSignatureRow(store, id)),
    byId,
    verifying: signatures.verifying,
    clock,
    capacity,
  })

  async function list(keyId: string, caller: Caller): Promise<Result<readonly SignatureKey[]>> {
    const key = await findKey(readTables(store), keyId, reachOf(caller))
    return key === null ? refused(refuseKey('KEY_UNKNOWN')) : done(await listSignatureKeys(store, key.id))
  }

  return Object.freeze({
    create: createSignatureKey({ ...deps, signatures }),
    list,
    revoke: revokeSignatureKey(deps),
    authenticator: (demands: SignatureDemands) =>
      createSignatureAuthenticator({ directory, admission, accepted, clock }, demands),
    forget: directory.forget,
    forgetOwner: directory.forgetOwner,
  })
}
