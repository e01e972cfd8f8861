import { LRUCache } from 'lru-cache'
import { type Clock, isId } from '../../core/index.ts'
import type { VerifyingKey } from '../../signatures/index.ts'
import type { SignatureRow } from '../tables.ts'
import { type Directory, isCurrent, type Proof } from '../verify/directory.ts'
import type { Entry } from '../verify/entry.ts'

/** A signature key made ready: what verifies with it, and the API key in whose name it signs. */
export type SignedEntry = { readonly entry: Entry; readonly verifying: VerifyingKey }

export type SignatureDirectory = Pick<Directory, 'forget' | 'forgetOwner'> & {
  /** A plain value when warm, a promise when it must read; null for one that is not there. */
  readonly find: (id: string) => SignedEntry | null | Promise<SignedEntry | null>
}

const MISSING_REMEMBERED = 10_000
const MISSING_FOR = 5_000

/**
 * The warm memory of signature keys, by their names, which are no secret. What is not there is remembered apart and briefly, so
 * that made-up names neither push out good ones nor reach the database again and again.
 */
export function createSignatureDirectory(deps: {
  readonly find: (id: string) => Promise<SignatureRow | null>
  readonly byId: (keyId: string) => Promise<Proof | null>
  readonly verifying: (row: SignatureRow) => VerifyingKey
  readonly clock: Clock
  readonly capacity: number
}): SignatureDirectory {
  const known = new LRUCache<string, SignedEntry>({ max: deps.capacity })
  const missing = new LRUCache<string, number>({ max: MISSING_REMEMBERED })
  // Raised by every change; a read that began before it may not be remembered.
  let generation = 0

  function find(id: string): SignedEntry | null | Promise<SignedEntry | null> {
    const found = known.get(id)
    if (found !== undefined && isCurrent(found.entry, deps.clock)) return found
    const until = missing.get(id)
    if (!isId('rsk', id) || (until !== undefined && until > deps.clock.now())) return null
    return look(id)
  }

  async function look(id: string): Promise<SignedEntry | null> {
    const before = generation
    const row = await deps.find(id)
    const proof = row === null ? null : await deps.byId(row.key_id)
    const found =
      row === null || proof === null ? null : { entry: signedEntry(proof.entry, id), verifying: deps.verifying(row) }
    if (generation !== before) return found
    if (found === null) missing.set(id, deps.clock.now() + MISSING_FOR)
    else known.set(id, found)
    return found
  }

  function forgetWhere(isMeant: (entry: Entry) => boolean): void {
    generation++
    missing.clear()
    for (const { entry } of known.values()) if (isMeant(entry)) entry.stale = true
  }

  return Object.freeze({
    find,
    forget: (id: string | null) => forgetWhere(({ key }) => id === null || key.id === id),
    forgetOwner: (ownerId: string | null) => forgetWhere(({ key }) => ownerId === null || key.owner.id === ownerId),
  })
}

// An entry of its own: which signature key it was is told with it.
function signedEntry(entry: Entry, signedWith: string): Entry {
  const { principal } = entry
  if (principal.credential === null) throw new Error('the principal of a key has no credential')
  const credential = Object.freeze({ ...principal.credential, signedWith })
  return { ...entry, principal: Object.freeze({ ...principal, credential }) }
}
