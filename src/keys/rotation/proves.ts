import type { Secret } from '../../core/index.ts'
import type { KeyDeps } from '../deps.ts'
import { digestOf, sameDigest } from '../digest.ts'
import { createProofLookup } from '../store.ts'

/** Whether a text is a certain key, by the digest that is stored of it. */
export async function proves(
  deps: Pick<KeyDeps, 'store' | 'peppers'>,
  keyId: string,
  text: Secret | null,
): Promise<boolean> {
  const proof = await createProofLookup(deps.store).byId(keyId)
  if (proof === null || text === null) return false
  return sameDigest(digestOf(deps.peppers(), proof.pepper, text.reveal()), proof.digest)
}
