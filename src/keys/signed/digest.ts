import type { Exchange, Problem } from '../../core/index.ts'
import { digestFault } from '../../signatures/index.ts'
import { refuseKey } from '../problems.ts'

/**
 * Why the body of a signed request is not the one that was signed, or null where it is, or where the request was not signed.
 * The signature covers `Content-Digest` (RFC 9530), and this holds the body to it: the bytes as they came, before anybody
 * unpacks or changes them.
 */
export function signedBodyProblem({ principal, request }: Exchange, bytes: Uint8Array): Problem | null {
  if (principal.credential?.signedWith === undefined) return null
  const digest = request.header('content-digest')
  if (digest === undefined)
    return bytes.length === 0 ? null : refuseKey('CONTENT_DIGEST_INVALID', { reason: 'there is none' })
  const fault = digestFault(digest, bytes)
  return fault === null ? null : refuseKey('CONTENT_DIGEST_INVALID', { reason: fault })
}
