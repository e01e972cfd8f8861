/** A value as JSON has it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
export type Properties = { readonly [name: string]: Json }

/** Who asks, as far as a decision needs it. */
export type Asker = {
  /** `user`, `service` or whatever an asker over AuthZEN names. */
  readonly type: string
  readonly id: string
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  readonly properties: Properties
}

/** What it is about. `id` is null where it is about the type as a whole, such as making a new one. */
export type Resource = { readonly type: string; readonly id: string | null; readonly properties: Properties }

/** One question: may this principal do this with that, as things are? */
export type Question = {
  readonly principal: Asker
  readonly action: string
  readonly resource: Resource
  /** Time, address, country, assurance, risk, the class of a key, the request. */
  readonly context: Properties
}

/** What one part says. `none` is no allow. */
export type Answer = {
  readonly outcome: 'allow' | 'deny' | 'none'
  /** The names of what decided: a role or permission, policies, a path of relations. */
  readonly because: readonly string[]
}
