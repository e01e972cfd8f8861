import { KeyObject } from 'node:crypto'
import type { VerificationKey } from './key.ts'
import { isPaseto, verifyPaseto } from './paseto.ts'

let loaded: typeof import('jose') | null = null

/** Whether a token in either form carries a signature of this key, with the algorithm that the key is for. */
export async function isSignedBy(token: string, { key, algorithm }: VerificationKey): Promise<boolean> {
  if (isPaseto(token)) return verifyPaseto(token, KeyObject.from(key)) !== null
  // Read when the first token comes: no start waits for it.
  loaded ??= await import('jose')
  try {
    await loaded.compactVerify(token, key, { algorithms: [algorithm] })
    return true
  } catch (error) {
    // A wrong signature is an answer; anything else is a bug or a broken machine.
    if (error instanceof loaded.errors.JOSEError) return false
    throw error
  }
}
