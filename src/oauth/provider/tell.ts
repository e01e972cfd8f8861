import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Audit } from '../../audit/index.ts'
import { actorOf, type EventInput, type EventTable, isId } from '../../core/index.ts'
import type { Clients } from '../client/clients.ts'
import { currentCaller } from './own-session.ts'

export const protocolEvents = {
  'token.issued': {
    sentence: 'Tokens were issued to a client.',
    details: ['client', 'grant', 'scope', 'audience', 'subject'],
  },
  'authorization.granted': {
    sentence: 'A person was sent back to a client with what it asked for.',
    details: ['client', 'scope', 'acr'],
  },
  'oauth.refused': {
    sentence: 'The authorization server refused a request. `reason` is what the client is not told.',
    details: ['client', 'endpoint', 'reason'],
  },
} as const satisfies EventTable

/** Where the library refuses, by its names. */
const REFUSALS = [
  'authorization.error',
  'grant.error',
  'introspection.error',
  'revocation.error',
  'userinfo.error',
  'pushed_authorization_request.error',
  'device_authorization.error',
  'code_verification.error',
  'device_resume.error',
  'backchannel_authentication.error',
  'end_session.error',
  'end_session_confirm.error',
] as const

const MOST_TEXT = 256

type Failure = Error & { readonly error?: string; readonly error_detail?: string; readonly error_description?: string }

/** Writes an Event for what the library does and for each of its refusals, with the reason that clients are not told. */
export function tellProtocol(
  provider: Provider,
  deps: {
    readonly audit: Pick<Audit, 'record'>
    readonly clients: Pick<Clients, 'countUse'>
    readonly onError: (error: unknown) => void
  },
): void {
  const { audit, clients, onError } = deps
  const on = provider.on.bind(provider) as (name: string, heard: (...args: never[]) => void) => void
  on('grant.success', (ctx: KoaContextWithOIDC) => audit.record(issued(ctx)))
  on('authorization.success', (ctx: KoaContextWithOIDC) => audit.record(granted(ctx)))
  for (const name of ['grant.success', 'authorization.success']) {
    on(name, ({ oidc }: KoaContextWithOIDC) => {
      const id = oidc.client?.clientId ?? ''
      // A client that is a document has no row to write it to.
      if (isId('cli', id)) clients.countUse(id)
    })
  }
  for (const name of REFUSALS) {
    on(name, (ctx: KoaContextWithOIDC, error: Failure) => audit.record(refusal(name, ctx, error)))
  }
  on('server_error', (_ctx: KoaContextWithOIDC, error: Error) => onError(error))
  // What fails outside of an endpoint; without a listener the library writes it past our log.
  on('error', (error: Error & { readonly expose?: boolean }) => (error.expose === true ? undefined : onError(error)))
}

function issued(ctx: KoaContextWithOIDC): EventInput {
  const { params, client, entities } = ctx.oidc
  const token = entities.AccessToken ?? entities.ClientCredentials
  return {
    ...actor(),
    type: 'token.issued',
    outcome: 'success',
    resource: client?.clientId ?? null,
    details: {
      client: client?.clientId ?? null,
      grant: short(params?.grant_type),
      scope: short(token?.scope),
      audience: short(token?.aud),
      subject: entities.Account?.accountId ?? client?.clientId ?? null,
    },
  }
}

function granted(ctx: KoaContextWithOIDC): EventInput {
  const { client, session, params } = ctx.oidc
  const details = { client: client?.clientId ?? null, scope: short(params?.scope), acr: session?.acr ?? null }
  return {
    ...actor(),
    type: 'authorization.granted',
    outcome: 'success',
    resource: client?.clientId ?? null,
    details,
  }
}

function refusal(name: string, ctx: KoaContextWithOIDC, failure: Failure): EventInput {
  const client = ctx.oidc?.client?.clientId ?? null
  const reason = failure.error_detail ?? failure.error_description ?? failure.message
  return {
    ...actor(),
    type: 'oauth.refused',
    outcome: 'denied',
    code: failure.error ?? 'server_error',
    resource: client,
    details: { client, endpoint: name.replace(/\.error$/, ''), reason: short(reason) },
  }
}

function actor() {
  const caller = currentCaller()
  return caller === null ? {} : actorOf(caller)
}

function short(text: unknown): string | null {
  return typeof text === 'string' && text !== '' ? text.slice(0, MOST_TEXT) : null
}
