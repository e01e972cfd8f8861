import { hash } from 'node:crypto'
import type Provider from 'oidc-provider'
import type { AccessToken } from 'oidc-provider'
import { type Issuer, type ProvenToken, readClaims } from '../../tokens/index.ts'

/**
 * Makes the answer to what an opaque access token of ours stands for, for who takes it in this process (RFC 7662). What is
 * kept is remembered for half a second, so that what ended elsewhere has ended here within one.
 *
 * @param deps.self ourselves, as the verifier of tokens knows us
 * @param deps.findClient a client that may still be used
 * @returns a function that answers null for a token that is not there, or hangs on something that is over
 */
export function createOpaqueIntrospection(deps: {
  readonly self: Issuer
  readonly provider: () => Promise<Provider>
  readonly findClient: (id: string) => Promise<unknown>
}): (token: string) => Promise<ProvenToken | null> {
  return async (text) => {
    const provider = await deps.provider()
    const found = await findToken(provider, text)
    if (found?.isValid !== true || found.clientId === undefined) return null
    if ((await deps.findClient(found.clientId)) === null || !(await grantLives(provider, found))) return null
    const claims = readClaims(saidBy(found, text, deps.self.issuer))
    if (typeof claims === 'string') return null
    return Object.freeze({ text, header: HEADER, claims, issuer: deps.self })
  }
}

/** It stands for what a signed access token says. */
const HEADER = Object.freeze({ alg: 'opaque', kid: null, typ: 'at+jwt' })

type Kept = AccessToken & { readonly extra?: Readonly<Record<string, unknown>>; readonly sid?: string }

async function findToken(provider: Provider, text: string): Promise<Kept | undefined> {
  const token = (await provider.AccessToken.find(text)) ?? (await provider.ClientCredentials.find(text))
  return token as Kept | undefined
}

async function grantLives(provider: Provider, { grantId, clientId, accountId }: Kept): Promise<boolean> {
  if (grantId === undefined) return true
  const grant = await provider.Grant.find(grantId)
  return grant?.clientId === clientId && grant?.accountId === accountId
}

function saidBy(token: Kept, text: string, issuer: string): Readonly<Record<string, unknown>> {
  const { extra, aud, clientId, accountId, scope, sid, iat, exp, jkt, 'x5t#S256': certificate } = token
  const cnf = { ...(jkt && { jkt }), ...(certificate && { 'x5t#S256': certificate }) }
  return {
    ...extra,
    iss: issuer,
    sub: accountId ?? clientId,
    ...(aud === undefined ? {} : { aud }),
    client_id: clientId,
    scope: scope ?? '',
    iat,
    exp,
    // Events name it, so it must not be what it is used by.
    jti: `opaque:${hash('sha256', text, 'base64url').slice(0, 22)}`,
    ...(sid === undefined ? {} : { sid }),
    ...(Object.keys(cnf).length === 0 ? {} : { cnf }),
  }
}
