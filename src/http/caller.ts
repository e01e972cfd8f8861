import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Caller, Problem } from '../core/index.ts'

/** The control plane's Fastify, with TypeBox types flowing from schemas into handlers. */
export type ControlApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** A route's declaration of who may call it. There is no default: a route without one does not load. */
export type RoutePermission =
  | 'public'
  /** Any person in a session of their own, whatever they may do. */
  | 'person'
  | { readonly anyOf: readonly string[] }

/**
 * Whose rows the queries of a route's handler see on PostgreSQL. Without a word: those of the caller's organization. Routes
 * that are public or for a person in a session begin before an organization is known, and see all.
 *
 * `ruled`: every organization for who runs the installation, and for everybody else their own. `across`: every organization,
 * for the reason given.
 */
export type RouteRows = 'ruled' | { readonly across: string }

/** Finds out who calls; the server's authentication puts it on the request before any handler runs. */
export type CallerSource = { readonly caller: Caller }

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: RoutePermission
    /**
     * `session`: only the cookie of a session says who calls, and one that is over says nobody. Every other credential in
     * the request belongs to the route, as clients have theirs at the endpoints of OAuth.
     */
    caller?: 'session'
    rows?: RouteRows
    /** Whether the route itself records the Event of a request that it answered. */
    ownEvent?: boolean
  }
  interface FastifyRequest {
    caller: Caller
  }
  interface FastifyReply {
    problem?: Problem
  }
}

/** Marks a route as open to callers who hold one of the permissions. */
export function declareCaller(...anyOf: string[]): { config: { permission: RoutePermission } } {
  return { config: { permission: { anyOf } } }
}

/** The same for a route whose handler records the Event of what it decided: one more would say it twice. */
export function declareDecider(...anyOf: string[]): { config: { permission: RoutePermission; ownEvent: true } } {
  return { config: { permission: { anyOf }, ownEvent: true } }
}

/** The same for a route that who runs the installation may call about every organization, and others about their own. */
export function declareRuled(...anyOf: string[]): { config: { permission: RoutePermission; rows: RouteRows } } {
  return { config: { permission: { anyOf }, rows: 'ruled' } }
}

/** The same for a route whose work reaches into several organizations, with the reason why it must. */
export function declareAcross(
  reason: string,
  ...anyOf: string[]
): { config: { permission: RoutePermission; rows: RouteRows } } {
  return { config: { permission: { anyOf }, rows: { across: reason } } }
}
