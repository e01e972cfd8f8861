import type { FieldError } from '../../core/index.ts'

const LONGEST = 10 * 365 * 86_400_000

/** What is wrong with the moment at which a secret is to end. */
export function expiryFaults(path: string, expiresAt: number, now: number): FieldError[] {
  if (expiresAt <= now) return [{ path, message: 'must be in the future' }]
  return expiresAt > now + LONGEST ? [{ path, message: 'must be within ten years' }] : []
}
