import type { Authenticator, EventInput, Exchange, Principal, Problem, Result, Step } from '../core/index.ts'
import type { ReadContext } from '../pipeline/index.ts'
import type { RuleMakers } from './rules.ts'

/** What the guards of an application stand on, once it is open. */
export type Ground = {
  /** What finds out who asks, in their order. */
  readonly authenticators: readonly Authenticator[]
  /** Networks whose forwarding headers are believed, and what a credential looks like. */
  readonly reading: ReadContext
  /** The one place that every finished request goes to. */
  readonly record: (event: EventInput) => void
  /** Whose objects are, and which of their properties somebody may see and write. */
  readonly objects: Objects
  /** Takes down what somebody used of what they hold, where that is asked in this process. */
  readonly noteUse?: (
    user: Pick<Principal, 'id' | 'organization' | 'scopes' | 'permissions'> & { readonly kind: string },
    used: { readonly scopes?: readonly string[]; readonly permissions?: readonly string[] },
  ) => void
  /** Told of exceptions: bugs and broken machines. */
  readonly crashed: (error: unknown, requestId: string) => void
  readonly now: () => number
}

/** Who a function is for: anybody with a good credential, a person, a machine, or whoever holds `gateway:administer`. */
export type CallerLevel = 'known' | 'person' | 'machine' | 'admin'

/** How the objects in a value are found, and which of them count. */
export type Reading = {
  /** Where they stand, such as `items[]`; null for the value itself, one object or a list of them. */
  readonly at: string | null
  /** What may be seen beside them. */
  readonly beside: readonly string[]
  readonly onlyTheirs: boolean
}

/** What there is to ask about objects. All throw a RangeError for a type that `access.properties` does not have. */
export type Objects = {
  readonly ownerProblem: (
    type: string,
    principal: Principal,
    owner: string | null,
    otherwise: '404' | '403',
  ) => Problem | undefined
  readonly judgeBody: (
    type: string,
    principal: Principal,
    body: { readonly type: string | undefined; readonly encoding: string | undefined; readonly bytes: Buffer },
    how: { readonly theirs: boolean; readonly outside: 'refuse' | 'strip' },
  ) => { readonly is: 'body'; readonly bytes: Buffer } | { readonly is: 'deny'; readonly problem: Problem }
  readonly visible: (type: string, principal: Principal, value: unknown, reading: Reading) => Result<unknown>
}

/** How often something may happen, as an application says it. */
export type RateLimit = {
  /** What is counted: each API key, each client address, or everything that passes this guard. */
  readonly by: 'key' | 'address' | 'route'
  /** How many requests are let through in a window. */
  readonly max: number
  /** The window: a word, or milliseconds. */
  readonly per: 'second' | 'minute' | 'hour' | 'day' | number
  /** How many may come at once. As many as `max` unless said otherwise. */
  readonly burst?: number
  /**
   * Guards of one name count together, on Redis those of all processes. A guard without a name counts by itself, in this
   * process.
   */
  readonly name?: string
}

/** How callers must be related to the object that a request names. */
export type RelationRule = NamedObject & {
  /** The relation, such as `viewer`. */
  readonly relation: string
  /** The parameter that names the object. */
  readonly name: string
}

/** What policies, permissions and relations together must allow with the object that a request names. */
export type PolicyRule = NamedObject & {
  /** The action, such as `read`. */
  readonly action: string
  /** The parameter that names the object. Left out, or null, the type as a whole is asked about. */
  readonly name?: string | null
}

export type NamedObject = {
  /** The type of the object. */
  readonly type: string
  /** Where the request names the object: a parameter of the path, as unless said otherwise, or of the query. */
  readonly from?: 'path' | 'query'
  /** What others are told. 404, as of an object that does not exist, for relations; 403 for policies. */
  readonly otherwise?: '404' | '403'
}

/** Why a request is not let through to the object of an id; null for one that it does not name. */
export type ObjectAsk = (exchange: Exchange, id: string | null) => Problem | undefined | Promise<Problem | undefined>

/** What an application's guards are made of. Whoever composes it hands it in. */
export type Engine = {
  /** A plain value once it is open. Rejects when it could not be opened, or was closed. */
  readonly ground: () => Ground | Promise<Ground>
  /** @throws for a scope, permission or role that is none */
  readonly requireStep: (needs: {
    scopes: readonly string[]
    permissions: readonly string[]
    roles?: readonly string[]
  }) => Step
  /** @throws for a level that there is not */
  readonly levelStep: (level: CallerLevel) => Step
  /** @throws for a limit that could not be enforced as it reads */
  readonly limitStep: (limit: RateLimit, name: string) => Step
  /** @throws TypeError for a rule that could not be asked as it reads */
  readonly relationAsk: (rule: RelationRule) => ObjectAsk
  /** @throws TypeError for a rule that could not be asked as it reads */
  readonly policyAsk: (rule: PolicyRule) => ObjectAsk
  /** What is asked of requests and said in answers, whoever asks. */
  readonly rules: RuleMakers
  /** Resolves when it is open. */
  readonly ready: () => Promise<void>
  readonly close: () => Promise<void>
}
