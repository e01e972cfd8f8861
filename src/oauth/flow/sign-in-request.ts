import type { Level } from '../../core/index.ts'

/** A client asks a person, who is somewhere else, to sign in (CIBA). Times are milliseconds. */
export type SignInRequest = {
  /** What it is called by for the person: nothing that the client could use. */
  readonly id: string
  readonly client: { readonly id: string; readonly name: string }
  readonly message: string | null
  readonly scopes: readonly string[]
  /** What is asked in detail, in plain words. */
  readonly details: readonly (readonly string[])[]
  /** What the session has to have proved; null where any will do. */
  readonly level: Level | null
  readonly createdAt: number
  readonly expiresAt: number
}

/** Writes to a person that a client asks them to sign in; says nothing of whether there is one. */
export type TellSignInRequest = (request: {
  readonly personId: string
  readonly organization: string
  readonly client: string
  readonly message: string | null
  readonly seconds: number
}) => Promise<void>
