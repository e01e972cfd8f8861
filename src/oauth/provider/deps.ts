import type { IncomingMessage } from 'node:http'
import type { Access, Grants } from '../../access/index.ts'
import type { Audit } from '../../audit/index.ts'
import type { Caller, Clock, Level, Result } from '../../core/index.ts'
import type { Limits } from '../../limits/index.ts'
import type { Secrets } from '../../secrets/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import type { Clients } from '../client/clients.ts'
import type { TellSignInRequest } from '../flow/sign-in-request.ts'
import type { ClientCertificate } from '../mtls/certificate.ts'
import type { SigningKeys } from '../signing-key/open.ts'

/** A resource server of the configuration: an API that tokens are made for (RFC 8707). Times are milliseconds. */
export type ResourceSettings = {
  readonly id: string
  readonly name: string | null
  readonly scopes: readonly string[]
  readonly accessTokens: 'jwt' | 'opaque'
  readonly algorithm: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | null
  readonly lifetime: number | null
}

/** A kind of what may be asked for in detail (RFC 9396). */
export type DetailSettings = {
  readonly type: string
  readonly sentence: string | null
  readonly actions: readonly string[]
  readonly datatypes: readonly string[]
  readonly fields: readonly {
    readonly name: string
    readonly kind: 'text' | 'number' | 'flag'
    readonly required: boolean
  }[]
}

export type OauthSettings = {
  readonly resources: readonly ResourceSettings[]
  readonly defaultResource: string | null
  readonly lifetimes: {
    readonly code: number
    readonly accessToken: number
    readonly idToken: number
    readonly refreshToken: number
    readonly deviceCode: number
    readonly grant: number
  }
  readonly refreshReplay: number
  readonly registration: 'closed' | 'token' | 'open'
  readonly dpopNonces: 'off' | 'on' | 'everywhere'
  readonly authorizationDetails: readonly DetailSettings[]
  /** How many clients may register: from an address in a day, and in all; and when those end that nobody uses. */
  readonly registrations: { readonly perAddress: number; readonly most: number; readonly unusedAfter: number | null }
  readonly clientIdMetadataDocuments: boolean
  /** The only hosts of such clients; null for every one. */
  readonly clientIdHosts: readonly string[] | null
  readonly passwordTokens: boolean
}

/** What is told of a person by the standard's names (OpenID Connect Core, section 5.1), and what they may. */
export type AccountFacts = {
  readonly claims: Readonly<Record<string, unknown>>
  /** `until` is when the first of them ends by itself, in milliseconds; none does unless told. */
  readonly grants: Grants & { readonly until?: number | null }
}

/** How somebody who is signed in gets to a level, by the names of whoever knows people. */
export type Ways = {
  /** What they could prove now that reaches it. */
  readonly proving: readonly string[]
  /** What they could add that reaches it. */
  readonly enrollable: readonly string[]
  /** What to prove before anything can be added; null where nothing has to be. */
  readonly confirming: readonly string[] | null
}

/** @param level null asks for any fresh proof */
export type WaysToProve = (caller: Caller, level: Level | null) => Promise<Ways>

export type ProviderDeps = {
  readonly store: Store
  readonly secrets: Secrets
  readonly audit: Audit
  readonly clock: Clock
  readonly issuer: string
  readonly settings: OauthSettings
  readonly signingKeys: SigningKeys
  readonly clients: Clients
  /** Looks up what clients hold by the roles of their organization. */
  readonly access: Pick<Access, 'holdingOf'>
  /** A person in an organization; null for who may not come in, and for nobody. */
  readonly accountOf: (personId: string, organization: string) => Promise<AccountFacts | null>
  readonly waysToProve: WaysToProve
  /** A person of the caller's organization. Errors: those of whoever knows people. */
  readonly findMember: (id: string, caller: Caller) => Promise<Result<unknown>>
  /** What a scope of an API lets do, in the operator's words; null where nobody said. */
  readonly describeScope: (scope: string) => string | null
  /** When a session of ours ends however it is used; milliseconds, null when it is over. */
  readonly sessionEndsAt: (id: string) => Promise<number | null>
  /** Ends what was signed under a grant, everywhere. */
  readonly revokeSigned: (tx: Transaction, grantId: string) => Promise<void>
  readonly limits: Limits
  /** A member of an organization by the address or id that a client knows; null for nobody. */
  readonly findPersonByHint: (hint: string, organization: string) => Promise<string | null>
  readonly tellSignInRequest: TellSignInRequest
  /** The certificate of whoever sends a request (RFC 8705); null for none. */
  readonly certificateOf: (request: IncomingMessage) => ClientCertificate | null
  /** Where clients with certificates go, if that is elsewhere. */
  readonly mtlsAddress: string | null
  /** Requests to addresses that others name: a client's keys, its log-out address, its document. */
  readonly fetch: typeof fetch
  /** The same for documents of clients: small answers, and soon. */
  readonly fetchDocument: typeof fetch
  readonly onError: (error: unknown) => void
}
