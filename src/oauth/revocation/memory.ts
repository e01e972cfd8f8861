import { issuedAtOf, REF_OF, REVOCATION_KINDS, type RevocableClaims, type Revocation, refIn } from './revocation.ts'

type Kept = { readonly issuedBefore: number | null; readonly expiresAt: number }

/** Every revocation that still matters, in this process: asked at each use of each token. */
export type RevocationMemory = {
  readonly add: (revocation: Revocation) => void
  readonly isRevoked: (claims: RevocableClaims) => boolean
  /** Forgets those whose tokens are all dead. */
  readonly prune: (now: number) => void
  readonly size: () => number
}

export function createRevocationMemory(ownIssuer: string): RevocationMemory {
  const shelves = REVOCATION_KINDS.map((kind) => ({ kind, refOf: REF_OF[kind], kept: new Map<string, Kept>() }))

  function add({ kind, ref, issuedBefore, expiresAt }: Revocation): void {
    const shelf = shelves.find((it) => it.kind === kind)
    const before = shelf?.kept.get(ref)
    shelf?.kept.set(ref, before === undefined ? { issuedBefore, expiresAt } : stricter(before, issuedBefore, expiresAt))
  }

  function isRevoked(claims: RevocableClaims): boolean {
    for (const { kept, refOf } of shelves) {
      // Most of the time nothing is revoked at all.
      if (kept.size === 0) continue
      const ref = refOf(claims)
      const found = ref === null ? undefined : kept.get(refIn(claims.issuer, ownIssuer, ref))
      if (found === undefined) continue
      if (found.issuedBefore === null || issuedAtOf(claims) <= found.issuedBefore) return true
    }
    return false
  }

  function prune(now: number): void {
    for (const { kept } of shelves) {
      for (const [ref, { expiresAt }] of kept) if (expiresAt <= now) kept.delete(ref)
    }
  }

  return Object.freeze({ add, isRevoked, prune, size: () => shelves.reduce((sum, { kept }) => sum + kept.size, 0) })
}

// What one node was told of out of order must come out the same on every node.
function stricter(before: Kept, issuedBefore: number | null, expiresAt: number): Kept {
  const both = before.issuedBefore !== null && issuedBefore !== null
  return {
    issuedBefore: both ? Math.max(before.issuedBefore, issuedBefore) : null,
    expiresAt: Math.max(before.expiresAt, expiresAt),
  }
}
