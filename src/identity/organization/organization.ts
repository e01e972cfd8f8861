import type { Language } from '../person/person.ts'

/** The ways to sign in that an organization may allow. */
export const SIGN_IN_METHODS = ['password', 'passkey', 'magic_link'] as const
export type SignInMethod = (typeof SIGN_IN_METHODS)[number]

/** What an organization demands of its people (row I13). Null takes what the configuration says. */
export type Policy = {
  readonly defaultRoles: readonly string[]
  /** Whether everybody needs a second factor; who has none enrols one at the next sign-in. */
  readonly requireMfa: boolean
  readonly methods: readonly SignInMethod[]
  readonly language: Language | null
  /** Milliseconds, and how many at once. They can only be stricter than the configuration. */
  readonly sessions: { readonly absolute: number | null; readonly idle: number | null; readonly most: number | null }
  /** Whether people who register with an address of a verified domain of its become members. */
  readonly domainJoin: 'automatic' | 'off'
}

export const DEFAULT_POLICY: Policy = Object.freeze({
  defaultRoles: Object.freeze(['user']),
  requireMfa: false,
  methods: SIGN_IN_METHODS,
  language: null,
  sessions: Object.freeze({ absolute: null, idle: null, most: null }),
  domainJoin: 'off',
})

/** A tenant. Times are milliseconds. */
export type Organization = {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  readonly policy: Policy
  readonly createdAt: number
  readonly createdBy: string
  readonly changedAt: number
  readonly changedBy: string
  readonly version: number
}

/** What two spellings of one name have in common: unique in the installation. */
export function nameKeyOf(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}
