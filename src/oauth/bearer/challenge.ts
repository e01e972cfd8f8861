import type { Problem } from '../../core/index.ts'
import { ALGORITHMS, type Binding } from '../../tokens/index.ts'

export type Scheme = 'Bearer' | 'DPoP'

// A token that is bound to a certificate is sent as a bearer (RFC 8705, section 3).
const SCHEMES: readonly (readonly [Scheme, Binding])[] = [
  ['Bearer', 'mtls'],
  ['DPoP', 'dpop'],
]
const ALGS = `algs="${ALGORITHMS.join(' ')}"`

/**
 * What a 401 says where a token is needed (RFC 6750, section 3; RFC 9449, section 7.1): the schemes that this place takes.
 *
 * @param bound the ways in which a token must be bound here; empty where none is asked for
 * @param scopes what a token needs here, so that a client need not guess
 */
export function challengeFor(
  bound: readonly Binding[],
  resourceMetadata: string | null,
  scopes: readonly string[] = [],
): string {
  const taken = SCHEMES.filter(([, binding]) => bound.length === 0 || bound.includes(binding))
  return taken.map(([scheme]) => challenge(scheme, resourceMetadata, scopePart(scopes))).join(', ')
}

/** What a 403 says where a token lacks a scope (RFC 6750, section 3.1). */
export function challengeOfScope(scheme: Scheme, scopes: readonly string[], resourceMetadata: string | null): string {
  return challenge(scheme, resourceMetadata, ['error="insufficient_scope"', ...scopePart(scopes)])
}

// A scope is printable and holds neither quotes nor backslashes, so it can stand between quotes as it is.
function scopePart(scopes: readonly string[]): string[] {
  return scopes.length === 0 ? [] : [`scope="${scopes.join(' ')}"`]
}

/** A refusal as its sender is told of it: in the scheme that they used, with the error of its standard. */
export function withChallenge(problem: Problem, scheme: Scheme, resourceMetadata: string | null): Problem {
  if (problem.status !== 401) return problem
  const error = errorOf(problem, scheme)
  const parts = [`error="${error}"`, `error_description="${problem.title}"`]
  const header = challenge(scheme, resourceMetadata, parts)
  return { ...problem, headers: { ...problem.headers, 'www-authenticate': header } }
}

function errorOf({ code, headers }: Problem, scheme: Scheme): string {
  if (headers?.['dpop-nonce'] !== undefined) return 'use_dpop_nonce'
  return code === 'BINDING_INVALID' && scheme === 'DPoP' ? 'invalid_dpop_proof' : 'invalid_token'
}

// RFC 9728, section 5.1: where a client learns who issues tokens for this place.
function challenge(scheme: Scheme, resourceMetadata: string | null, parts: readonly string[]): string {
  const all = [
    'realm="sallyport"',
    ...parts,
    ...(scheme === 'DPoP' ? [ALGS] : []),
    ...(resourceMetadata === null ? [] : [`resource_metadata="${resourceMetadata}"`]),
  ]
  return `${scheme} ${all.join(', ')}`
}
