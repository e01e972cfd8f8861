import type { Identity } from '../identity.ts'

/** What the routes of this module are given. */
export type IdentityRouteDeps = { readonly identity: Identity }
