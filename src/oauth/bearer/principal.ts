import { missingPermissions } from '../../access/index.ts'
import { type Assurance, LEVELS, type Level, type Principal } from '../../core/index.ts'
import type { ProvenToken, TokenClaims } from '../../tokens/index.ts'

/** How far an issuer other than ourselves is believed. */
export type ForeignTrust = {
  readonly issuer: string
  /** What its subjects are here. */
  readonly subjectKind: 'user' | 'service'
  readonly organization: string
  /** The permissions that its tokens may give; whatever else they claim counts for nothing. */
  readonly permissions: readonly string[]
}

export type TokenPrincipals = {
  readonly of: (token: ProvenToken) => Principal
  /** What the token said that somebody is known by; null for who is known by something else. */
  readonly claimsOf: (principal: Principal) => TokenClaims | null
}

/**
 * Makes principals of tokens. What our own tokens say was true when we signed them. A stranger's subject is never one of
 * ours, whatever it is called: it carries its issuer's name.
 */
export function createTokenPrincipals(ownIssuer: string, foreign: readonly ForeignTrust[]): TokenPrincipals {
  const trusted = new Map(foreign.map((it) => [it.issuer, it]))
  // The same token is the same principal, so that what is made of principals is made once.
  const made = new WeakMap<ProvenToken, Principal>()
  const said = new WeakMap<Principal, TokenClaims>()

  function of(token: ProvenToken): Principal {
    const known = made.get(token)
    if (known !== undefined) return known
    const { claims } = token
    const principal = claims.issuer === ownIssuer ? ownPrincipal(claims) : foreignPrincipal(claims, trusted)
    made.set(token, principal)
    said.set(principal, claims)
    return principal
  }

  return Object.freeze({ of, claimsOf: (principal: Principal) => said.get(principal) ?? null })
}

function ownPrincipal(claims: TokenClaims): Principal {
  return Object.freeze({
    kind: claims.all.kind === 'user' ? 'user' : 'service',
    id: claims.subject,
    organization: claims.organization,
    scopes: claims.scopes,
    permissions: claims.permissions,
    credential: credentialOf(claims, claims.id ?? ''),
    ...assuranceOf(claims),
    ...(claims.actor === null ? {} : { actor: claims.actor }),
  })
}

function foreignPrincipal(claims: TokenClaims, trusted: ReadonlyMap<string, ForeignTrust>): Principal {
  const trust = trusted.get(claims.issuer)
  if (trust === undefined) throw new Error('a token of an issuer whom nobody trusts was believed')
  const { subjectKind, organization, permissions } = trust
  const named = (name: string) => `${claims.issuer}#${name}`
  return Object.freeze({
    kind: subjectKind,
    id: named(claims.subject),
    organization,
    scopes: claims.scopes,
    permissions: Object.freeze(claims.permissions.filter((it) => missingPermissions(permissions, [it]).length === 0)),
    credential: credentialOf(claims, named(claims.id ?? '')),
    ...assuranceOf(claims),
    ...(claims.actor === null ? {} : { actor: named(claims.actor) }),
  })
}

function credentialOf(claims: TokenClaims, id: string): Principal['credential'] {
  return Object.freeze({ kind: 'token', id, ...(claims.clientId === null ? {} : { client: claims.clientId }) })
}

function assuranceOf({ acr, amr, authTime }: TokenClaims): { assurance?: Assurance } {
  if (authTime === null || !LEVELS.includes(acr as Level)) return {}
  return { assurance: Object.freeze({ acr: acr as Level, amr, provedAt: authTime * 1000 }) }
}
