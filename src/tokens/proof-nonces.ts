import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../core/index.ts'

/** Nonces of ours for proofs of possession. */
export type ProofNonces = {
  readonly accepts: (nonce: string) => boolean
  /** The one to use now. */
  readonly fresh: () => string
}

/** Milliseconds until the next nonce. */
const STEP = 60_000
/** How many steps an old one is still taken, and how many steps ahead the clock of another node may be. */
const WINDOW = { behind: 4, ahead: 1 } as const

/**
 * Makes the nonces that proofs must hold (RFC 9449, section 9). Nobody remembers them: each is computed from the time, so
 * that every process with the same secret takes those of all others. One is good for four to five minutes.
 *
 * @param secret 32 bytes that all processes share
 * @example createProofVerifier({ clock, accepted, nonce: createProofNonces({ clock, secret }) })
 */
export function createProofNonces({ clock, secret }: { readonly clock: Clock; readonly secret: Buffer }): ProofNonces {
  let known: { readonly step: number; readonly nonces: readonly string[] } | null = null

  function at(step: number): readonly string[] {
    if (known?.step !== step) known = { step, nonces: around(step).map((it) => nonceOf(secret, it)) }
    return known.nonces
  }

  const now = () => Math.floor(clock.now() / STEP)
  return Object.freeze({
    // All are compared, however soon one fits.
    accepts: (nonce: string) => at(now()).filter((it) => isSame(it, nonce)).length > 0,
    fresh: () => at(now())[WINDOW.behind] ?? nonceOf(secret, now()),
  })
}

function around(step: number): number[] {
  return Array.from({ length: WINDOW.behind + 1 + WINDOW.ahead }, (_, i) => step - WINDOW.behind + i)
}

function nonceOf(secret: Buffer, step: number): string {
  return createHmac('sha256', secret).update(`dpop nonce ${step}`).digest('base64url')
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
