import { timingSafeEqual } from 'node:crypto'
import { generateSync, generateURI, ScureBase32Plugin } from 'otplib'

/** What every authenticator app takes for granted (RFC 6238, section 4): SHA-1, six digits, thirty seconds. */
const PERIOD_S = 30
const DIGITS = 6
/** Steps before and after the present one whose codes are taken, for clocks that differ (RFC 6238, section 5.2). */
const WINDOW = 1

/** 160 bits, as RFC 4226, section 4, recommends. */
export const SECRET_BYTES = 20

const base32 = new ScureBase32Plugin()

/** The code of a time step. */
export function codeAt(secret: Uint8Array, step: number): string {
  return generateSync({ secret, epoch: step * PERIOD_S, algorithm: 'sha1', digits: DIGITS, period: PERIOD_S })
}

/** @param now milliseconds */
export function stepAt(now: number): number {
  return Math.floor(now / (PERIOD_S * 1000))
}

/**
 * The time step that a code belongs to, of those that are taken now and come after the last one that was; null for a
 * wrong code and for one that was used.
 *
 * @param code six digits
 * @param last the last step whose code was taken; null when none was
 */
export function stepOf(secret: Uint8Array, code: string, now: number, last: number | null): number | null {
  const middle = stepAt(now)
  const steps = Array.from({ length: 2 * WINDOW + 1 }, (_, i) => middle - WINDOW + i)
  // All are compared, so that the time does not tell which one it was.
  const right = steps.filter((step) => timingSafeEqual(Buffer.from(codeAt(secret, step)), Buffer.from(code)))
  return right.find((step) => last === null || step > last) ?? null
}

/** What an app is told by a QR code. @param label whose account it is, such as a mail address */
export function uriOf(secret: Uint8Array, { issuer, label }: { issuer: string; label: string }): string {
  return generateURI({ issuer, label, secret: textOf(secret), algorithm: 'sha1', digits: DIGITS, period: PERIOD_S })
}

/** A secret as somebody types it into an app: base 32 in groups of four. */
export function keyOf(secret: Uint8Array): string {
  return (textOf(secret).match(/.{1,4}/g) ?? []).join(' ')
}

function textOf(secret: Uint8Array): string {
  return base32.encode(secret, { padding: false })
}
