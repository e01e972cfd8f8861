import { done, type Problem, type Result, refused } from '../../core/index.ts'
import { type OauthClient, usesSecret } from '../client/client.ts'
import type { Clients } from '../client/clients.ts'
import { OWN_SESSION_GRANT } from './own-session-grant.ts'
import { directProblems, refuseDirect } from './problems.ts'

/** Asks this very server, as the one who called would: its own sign-in, and then its own token endpoint. */
export type AskOurselves = (asked: {
  readonly path: string
  readonly body: object | URLSearchParams
  readonly headers?: Readonly<Record<string, string>>
}) => Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>>; readonly cookies: string }>

/** What somebody sends to be signed in without a browser, step by step. */
export type Step = {
  readonly email?: string
  readonly password?: string
  readonly organization?: string
  readonly flow?: string
  readonly method?: string
  readonly code?: string
}

export type Wish = { readonly scopes?: readonly string[]; readonly resource?: string }

export type TradeDeps = {
  readonly settings: { readonly passwordTokens: boolean }
  readonly clients: Pick<Clients, 'findClient' | 'checkSecret'>
  readonly word: Buffer
  readonly issuer: string
}

/**
 * Finds the client that wants to trade a password for tokens. Whatever is wrong with it is told in the same words.
 *
 * Errors: `PASSWORD_TOKENS_OFF`, `CLIENT_REFUSED`.
 */
export async function findTrader(
  deps: TradeDeps,
  shown: { readonly clientId: string; readonly clientSecret?: string },
): Promise<Result<OauthClient>> {
  if (!deps.settings.passwordTokens) return refused(refuseDirect('PASSWORD_TOKENS_OFF'))
  const client = await deps.clients.findClient(shown.clientId)
  const proved = client !== null && (client.authentication === 'none' || provesSecret(deps, client, shown.clientSecret))
  if (client === null || !proved || !client.enabled || !client.passwordTokens)
    return refused(refuseDirect('CLIENT_REFUSED'))
  return done(client)
}

function provesSecret({ clients }: TradeDeps, client: OauthClient, secret: string | undefined): boolean {
  return usesSecret(client) && secret !== undefined && clients.checkSecret(client, secret)
}

/**
 * Does one step of a sign-in, and at its end gets tokens for the session that it opened. A session for which there are no
 * tokens is ended.
 *
 * Errors: those of the sign-in, `TOKENS_REFUSED` with the reason in its `detail`.
 */
export async function trade(
  deps: TradeDeps,
  asked: {
    readonly client: OauthClient
    readonly secret: string | undefined
    readonly step: Step
    readonly wish: Wish
  },
  ask: AskOurselves,
): Promise<Result<Readonly<Record<string, unknown>>>> {
  const stood = await ask(doorOf(asked.step))
  if (stood.status !== 200) return refused(asProblem(stood))
  if (stood.body.next !== 'done') return done(stood.body)
  const headers = { cookie: stood.cookies, 'sec-fetch-site': 'same-origin' }
  const tokens = await ask({
    path: '/oauth/token',
    body: formOf(deps, asked),
    headers: { ...headers, ...authorizationOf(asked.client, asked.secret) },
  })
  if (tokens.status === 200) return done(tokensIn(tokens.body))
  await ask({ path: '/v1/auth/logout', body: {}, headers })
  const { error, error_description } = tokens.body
  const detail = `${directProblems.TOKENS_REFUSED.detail} The token endpoint says ${error}: ${error_description}.`
  return refused(refuseDirect('TOKENS_REFUSED', { detail }))
}

function doorOf({ email, password, organization, flow, method, code }: Step): Parameters<AskOurselves>[0] {
  if (password !== undefined) return { path: '/v1/auth/login', body: present({ email, flow, password, organization }) }
  if (code !== undefined) return { path: '/v1/auth/mfa', body: present({ flow, method, code }) }
  return { path: '/v1/auth/resume', body: present({ flow }) }
}

function formOf({ word }: TradeDeps, { client, secret, wish }: Parameters<typeof trade>[1]): URLSearchParams {
  const inBody = client.authentication !== 'client_secret_basic'
  return new URLSearchParams({
    grant_type: OWN_SESSION_GRANT,
    session_word: word.toString('base64url'),
    ...(inBody ? { client_id: client.id } : {}),
    ...(inBody && secret !== undefined ? { client_secret: secret } : {}),
    ...(wish.scopes === undefined ? {} : { scope: wish.scopes.join(' ') }),
    ...(wish.resource === undefined ? {} : { resource: wish.resource }),
  })
}

function authorizationOf(client: OauthClient, secret: string | undefined): Record<string, string> {
  if (client.authentication !== 'client_secret_basic') return {}
  return {
    authorization: `Basic ${Buffer.from(`${client.id}:${encodeURIComponent(secret ?? '')}`).toString('base64')}`,
  }
}

function tokensIn(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return present({
    next: 'done',
    accessToken: body.access_token,
    tokenType: body.token_type,
    expiresIn: body.expires_in,
    scopes: typeof body.scope === 'string' ? body.scope.split(' ').filter((it) => it !== '') : [],
    refreshToken: body.refresh_token,
    idToken: body.id_token,
  })
}

// It was written by ourselves, so it is a problem as it stands.
function asProblem({ status, body }: Awaited<ReturnType<AskOurselves>>): Problem {
  const { code, title, detail, retryAfter, errors } = body
  return present({ code, status, title, detail, retryAfter, errors }) as unknown as Problem
}

function present<T extends object>(given: T): Partial<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<T>
}
