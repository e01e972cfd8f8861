import type { KoaContextWithOIDC } from 'oidc-provider'

/** What a token that is made of another one takes over from it. */
export type TakenOver = {
  /** Where the grant is known by its mark alone. */
  readonly grant: string | null
  readonly session: string | null
  readonly claims: Readonly<Record<string, unknown>>
}

const taken = new WeakMap<object, TakenOver>()

/** Has the tokens of this request take something over from the token that they are made of. */
export function takeOver(ctx: KoaContextWithOIDC, what: TakenOver): void {
  taken.set(ctx, what)
}

export function takenOver(ctx: KoaContextWithOIDC): TakenOver | null {
  return taken.get(ctx) ?? null
}
