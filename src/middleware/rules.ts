import type { Exchange, Problem, Request, Step } from '../core/index.ts'

/** The shape of requests, in the words of `input` of a route. */
export type ShapeOptions = {
  /** Largest body, such as `'1mb'`, which it is unless said otherwise. */
  readonly maxBody?: string
  /** Types of bodies that are taken, whatever `json` and `uploads` take besides. */
  readonly types?: readonly string[]
  /** JSON that all readers take alike, within these bounds: 10, 1000 and 50 unless said otherwise. */
  readonly json?: { readonly depth?: number; readonly items?: number; readonly keys?: number }
  /** Files, whose bytes must be of the type that they say. */
  readonly uploads?: { readonly types: readonly string[]; readonly maxBody?: string }
  /** Compressed bodies are unpacked, within these bounds. */
  readonly inflate?: { readonly maxBody?: string; readonly maxRatio?: number }
  readonly headers?: { readonly count?: number; readonly maxBytes?: string }
  /** Longest path and query together, such as `'2kb'`. */
  readonly url?: string
  readonly query?: { readonly count?: number; readonly repeated?: readonly string[] }
  /** How much one request may ask for at once. More is refused, and what nobody says is the application's to choose. */
  readonly page?: { readonly parameter: string; readonly max?: number; readonly otherwise?: 'refuse' }
}

/** An OpenAPI document, in the words of `input.openapi` of a route. */
export type OpenapiOptions = Pick<ShapeOptions, 'maxBody' | 'json'> & {
  /** Its file, in YAML or JSON, relative to the working directory. */
  readonly document: string
  /** What stands before its paths, such as `/api/v1`. */
  readonly base?: string
  /** What becomes of what it does not describe. `refuse` unless said otherwise. */
  readonly unknown?: 'refuse' | 'allow'
  /** Parameters of the query that are taken besides. */
  readonly beside?: readonly string[]
}

/** Bounds of GraphQL, in the words of `input.graphql` of a route. */
export type GraphqlOptions = Pick<ShapeOptions, 'maxBody' | 'json'> & {
  readonly depth?: number
  readonly cost?: number
  readonly aliases?: number
  readonly directives?: number
  readonly tokens?: number
  readonly batch?: number
  readonly introspection?: boolean
  readonly listSize?: number
  /** File of the schema, in SDL. */
  readonly schema?: string
  /** File of the only documents that run. */
  readonly persisted?: string
}

/** Which pages of other origins may ask, in the words of `gateway.cors`. */
export type CorsOptions = {
  readonly origins?: readonly string[]
  readonly methods?: readonly ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE')[]
  readonly headers?: readonly string[]
  readonly exposed?: readonly string[]
  readonly credentials?: boolean
  /** How long browsers may remember a preflight, such as `'10m'`. */
  readonly maxAge?: string
  readonly privateNetwork?: boolean
  readonly allowInsecureHttp?: boolean
}

/** What answers tell browsers, in the words of `gateway.headers`. */
export type HeaderOptions = {
  readonly hsts?: { readonly maxAge?: string; readonly includeSubDomains?: boolean; readonly preload?: boolean }
  readonly contentSecurity?: string
  readonly frames?: 'deny' | 'same-origin' | 'allow-any'
  readonly resource?: 'same-origin' | 'same-site' | 'cross-origin'
  /** `upstream` is what the application says. */
  readonly cache?: 'no-store' | 'upstream'
  readonly allowSniffing?: boolean
  readonly pages?: {
    readonly contentSecurity?: string
    readonly permissions?: string
    readonly referrer?: 'no-referrer' | 'same-origin' | 'strict-origin-when-cross-origin' | 'unsafe-url'
    readonly opener?: 'same-origin' | 'same-origin-allow-popups' | 'unsafe-none'
  }
}

/** The body of a request, read to its end. */
export type RuledBody = {
  readonly type: string | undefined
  readonly encoding: string | undefined
  readonly bytes: Buffer
  readonly json: () => unknown
}

/** What is made of a request's body before the application reads it. */
export type BodyRule = {
  readonly name: string
  /** What it lets go on is as it was written, not compressed. */
  readonly unpacks?: boolean
  readonly judge: (
    exchange: Exchange,
    body: RuledBody,
  ) => { readonly is: 'body'; readonly bytes: Buffer } | { readonly is: 'deny'; readonly problem: Problem }
}

/** What is asked of what a request brings. */
export type InputRules = {
  /** Before its body is read. */
  readonly steps: readonly Step[]
  readonly rules: readonly BodyRule[]
  /** The most bytes of a body. */
  readonly maxBody: number
}

/** One answer, as far as its head depends on it. */
export type Answering = {
  /** Null where the request could not be read. */
  readonly request: Request | null
  /** Whether it came by https. */
  readonly https: boolean
  /** Whether a credential was shown and was good. */
  readonly known: boolean
  /** What the application said; null where the answer is a guard's. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>> | null
}

/** Something that is said in the head of every answer. */
export type HeadRule = {
  readonly name: string
  /** Headers of the application, in lower case, that the rule speaks for. */
  readonly replaces: readonly string[]
  /** Adds names and values in turn. */
  readonly write: (lines: string[], answering: Answering) => void
}

export type CorsRule = HeadRule & {
  /** Answers a page that asks whether it may ask: lines to add, or why not. */
  readonly preflight: (request: Request) => { readonly lines: readonly string[] } | Problem
}

/** Makes rules of options. All throw a TypeError for options that cannot be meant. */
export type RuleMakers = {
  readonly shape: (options: ShapeOptions) => InputRules
  readonly openapi: (options: OpenapiOptions) => InputRules
  readonly graphql: (options: GraphqlOptions) => InputRules
  readonly cors: (options: CorsOptions) => CorsRule
  readonly headers: (options: HeaderOptions) => HeadRule
}
