import type { Address } from './address.ts'
import type { Principal } from './principal.ts'
import type { Problem } from './problem.ts'

/** A request as every step sees it: normalised once, then frozen. Gateway and middleware make it, each from its own source. */
export type Request = {
  /** `req_…`, or the caller's well-formed X-Request-ID. */
  readonly id: string
  readonly method: string
  /** Lower case, without port. */
  readonly host: string
  /** The path decoded exactly once, without dot segments, starting with `/`. What rules are matched against. */
  readonly path: string
  /** The query as received, without `?`. Empty when there is none. */
  readonly query: string
  /** One header by its lower-case name; several lines of it joined with `, `. */
  readonly header: (name: string) => string | undefined
  /** How many lines a header came in, so that a step can refuse a doubled one. */
  readonly headerCount: (name: string) => number
  /** How many lines of headers there are, and their bytes together. Absent where nobody counts them. */
  readonly headSize?: () => { readonly lines: number; readonly bytes: number }
  /** The client, found through trusted networks only. */
  readonly client: Address
  /** The address that was asked for, as it was written and without its query. Absent where nobody knows it. */
  readonly address?: () => string
  /** The client's certificate as a trusted proxy names it in its header, unread. Absent where nobody vouches for one. */
  readonly certificate?: string
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
}

/**
 * What an authenticator answers. Only *absent* lets the next authenticator try: a bad credential is never anonymous.
 * `spent` names what carried the credential, so that it goes no further.
 */
export type Authentication =
  | { readonly is: 'absent' }
  | { readonly is: 'known'; readonly principal: Principal; readonly spent: Carrier; readonly grant?: Grant }
  | { readonly is: 'refused'; readonly problem: Problem; readonly credential?: string; readonly principal?: Principal }

/** Where in the request a credential was: removed before anything is forwarded or logged (row K12). */
export type Carrier = { readonly headers: readonly string[]; readonly query: readonly string[] }

/** What came with the credential besides identity: checks that it brings along, to run as steps of their own stage. */
export type Grant = {
  readonly limits?: Step | JointStep
  readonly access?: Step
  /** The most bytes this credential may send in one body. */
  readonly maxBody?: number
  /** Called once when the exchange is over, however it ended. */
  readonly release?: () => void
}

export type Authenticator = {
  readonly name: string
  /** What `WWW-Authenticate` says when a route needs this credential and got none (RFC 9110, section 11.6.1). */
  readonly challenge?: string
  readonly authenticate: (request: Request) => Authentication | Promise<Authentication>
}

/** What a step found: nothing to say, something to add to the response, or a reason to end it. It may never allow. */
export type Finding =
  | undefined
  | { readonly is: 'note'; readonly headers: Readonly<Record<string, string>> }
  | { readonly is: 'deny'; readonly problem: Problem }

/** The stages after *who*, in their fixed order (row G2). */
export type Stage = 'limits' | 'access' | 'input'

export type Step = {
  readonly name: string
  readonly stage: Stage
  /** Reads the exchange, never writes it. `dry` means: say what would happen, charge nothing. */
  readonly apply: (exchange: Exchange, dry: boolean) => Finding | Promise<Finding>
  /** What it knows of an exchange that it lets through, for `explain` alone. */
  readonly tell?: (exchange: Exchange) => string | Promise<string>
}

/** A step that takes the other steps of its stage along, so that what one of them refuses is charged to none. */
export type JointStep = Omit<Step, 'apply'> & {
  readonly joint: true
  /** @param beside the steps that it answers for as well: they are not applied besides */
  readonly apply: (exchange: Exchange, dry: boolean, beside?: readonly Step[]) => Finding | Promise<Finding>
}

/** What a step may see: the request, who sends it, and which route it is on. */
export type Exchange = { readonly request: Request; readonly principal: Principal; readonly route: RouteIdentity }

export type RouteIdentity = {
  readonly id: string
  readonly public: boolean
  /** Whether limits must be those that all processes share: requests are refused while they cannot be. */
  readonly sharedLimitsOnly?: boolean
  /** Whether limits may be held by shares of each process, which are told to the others a moment later. */
  readonly approximateLimits?: boolean
  /** Units that a request takes of each of its limits, and others by method. 1 where nothing is said. */
  readonly cost?: number
  readonly costs?: ReadonlyMap<string, number>
}
