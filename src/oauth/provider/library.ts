import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC, TokenEndpointGrantContext } from 'oidc-provider'

import {
  applyAuthorizationDetails,
  buildTokenResponse,
  checkDpopRequired,
  checkMtlsCert,
  resolveAndApplyResource,
  validateDpop,
} from 'oidc-provider/lib/helpers/grants.js'

export {
  buildTokenResponse,
  checkDpopReplay,
  checkDpopRequired,
  checkMtlsCert,
  findAccount,
  resolveRequestedResources,
  validateDpop,
  validateGrant,
} from 'oidc-provider/lib/helpers/grants.js'

/**
 * What we take of the library that it does not hand out by its face. It is pinned to one version, and what is looked for
 * here and not found refuses every request.
 */
export type Middleware = (ctx: KoaContextWithOIDC, next: () => Promise<void>) => unknown

export type GrantHandler = (ctx: TokenEndpointGrantContext) => Promise<void>

type Inside = {
  readonly grantTypeHandlers: ReadonlyMap<string, GrantHandler>
  readonly grantTypeParams: ReadonlyMap<string, ReadonlySet<string>>
  readonly grantTypeDupes: ReadonlyMap<string, ReadonlySet<string>>
}

// These files have no types; with the path as a text nobody looks for any.
const load = async (path: string): Promise<unknown> =>
  ((await import(`oidc-provider/lib/${path}`)) as { default: unknown }).default

const inside = (await load('helpers/weak_cache.js')) as (provider: Provider) => Inside
const actions = {
  introspection: (await load('actions/introspection.js')) as Middleware[],
  revocation: (await load('actions/revocation.js')) as Middleware[],
}

/**
 * Puts another handler before the library's own of a grant type. What the endpoint checks before stays as it is: the
 * client, and which parameters there may be.
 *
 * @param around gets the library's handler
 * @param extra parameters that the new handler reads besides
 */
export function wrapGrantType(
  provider: Provider,
  name: string,
  around: (own: GrantHandler) => GrantHandler,
  extra: readonly string[] = [],
): void {
  const { grantTypeHandlers, grantTypeParams, grantTypeDupes } = inside(provider)
  const own = grantTypeHandlers.get(name)
  const parameters = grantTypeParams.get(name)
  if (own === undefined || parameters === undefined) throw new Error(`the library has no grant type ${name}`)
  const more = [...parameters].filter((parameter) => parameter !== 'grant_type')
  provider.registerGrantType(name, around(own) as never, [...more, ...extra], [...(grantTypeDupes.get(name) ?? [])])
}

type Issue = (
  provider: Provider,
  helpers: object,
  ctx: unknown,
  source: object,
  grant: object,
  how: object,
) => Promise<void>
const grantsPath: string = 'oidc-provider/lib/helpers/grant_common.js'
const issue = ((await import(grantsPath)) as { issueTokens: Issue }).issueTokens

/**
 * Issues what a token endpoint issues for something that was agreed to: an access token, and with it a refresh token and an
 * ID token where they are due.
 *
 * @param source says whom, how they proved it, and what was asked for
 * @param gty how the tokens came about, kept with them
 */
export async function issueTokens(
  provider: Provider,
  ctx: TokenEndpointGrantContext,
  source: object,
  grant: object,
  gty: string,
): Promise<void> {
  const proof = await validateDpop(provider, ctx)
  checkDpopRequired(provider, ctx, proof)
  const helpers = {
    resolveAndApplyResource: (...rest: Tail<typeof resolveAndApplyResource>) =>
      resolveAndApplyResource(provider, ...rest),
    applyAuthorizationDetails: (...rest: Tail<typeof applyAuthorizationDetails>) =>
      applyAuthorizationDetails(provider, ...rest),
    buildTokenResponse: (...rest: Tail<typeof buildTokenResponse>) => buildTokenResponse(provider, ...rest),
  }
  const cert = checkMtlsCert(provider, ctx)
  await issue(provider, helpers, ctx, source, grant, { gty, entityLabel: gty, cert, dPoP: proof })
}

type Tail<F> = F extends (first: Provider, ...rest: infer Rest) => unknown ? Rest : never

export type Endpoint = keyof typeof actions

export type StructuredAnswer = (ctx: KoaContextWithOIDC) => Promise<void>
type Structured = { readonly isOne: (token: unknown) => boolean; readonly answer: StructuredAnswer }

const answers = { introspection: new WeakMap<Provider, Structured>(), revocation: new WeakMap<Provider, Structured>() }

/**
 * Answers about signed tokens at an endpoint where the library refuses them. Everything before and after stays the
 * library's: how clients prove themselves, how parameters are read, how errors are told.
 *
 * @param structured says which tokens they are, and answers about them
 */
export function answerStructured(provider: Provider, endpoint: Endpoint, structured: Structured): void {
  answers[endpoint].set(provider, structured)
}

/** What refuses signed tokens, and what answers in the end. */
const PLACES = {
  introspection: { refuses: 'rejectStructuredTokens', ends: 'renderTokenResponse' },
  revocation: { refuses: 'rejectStructuredTokens', ends: 'revokeToken' },
} as const

// The library puts its endpoints together from these lists whenever a server is made.
for (const endpoint of ['introspection', 'revocation'] as const) {
  const { refuses, ends } = PLACES[endpoint]
  const structuredIn = ({ oidc }: KoaContextWithOIDC) => {
    const known = answers[endpoint].get(oidc.provider)
    return known?.isOne(oidc.params?.token) === true ? known : null
  }
  replace(actions[endpoint], refuses, (own) => (ctx, next) => (structuredIn(ctx) === null ? own(ctx, next) : next()))
  replace(actions[endpoint], ends, (own) => (ctx, next) => structuredIn(ctx)?.answer(ctx) ?? own(ctx, next))
}

function replace(stack: Middleware[], name: string, around: (own: Middleware) => Middleware): void {
  const at = stack.findIndex((it) => it.name === name)
  const own = stack[at]
  if (own === undefined) throw new Error(`the library has no ${name}`)
  stack[at] = around(own)
}
