import type { webcrypto } from 'node:crypto'
import { type Clock, systemClock } from '../core/index.ts'
import { createNonces, wantsNonce } from './nonces.ts'
import { type ClientIdentity, createServerFinder } from './server.ts'

export type TokenSourceOptions = ClientIdentity & {
  /** The scopes that are asked for; all that the client has unless told. */
  readonly scope?: string
  /** The API that the token is for (RFC 8707). */
  readonly resource?: string
  /** Binds each token to a key that this process makes (RFC 9449): a token that is stolen alone is of no use. */
  readonly dpop?: boolean
  readonly clock?: Clock
}

export type SourcedToken = {
  readonly accessToken: string
  readonly type: 'Bearer' | 'DPoP'
  /** Milliseconds. */
  readonly expiresAt: number
}

export type TokenSource = {
  /**
   * A token that is good for a while. Whoever asks while one is fetched waits for that one.
   *
   * @throws what the authorization server or the way to it said, when there is no token that is still good
   */
  readonly token: () => Promise<SourcedToken>
  /**
   * The headers of a request to the API, with a proof of possession where tokens are bound to a key.
   *
   * @example await fetch(url, { headers: await source.headers('GET', url) })
   */
  readonly headers: (method: string, url: string | URL) => Promise<Record<string, string>>
  /**
   * Sends a request with a token, as `fetch` does. An API that asks for a nonce of its own in the proof is asked once more
   * with it (RFC 9449, section 9), and the nonce is kept for what comes next; a body that is a stream is not sent twice.
   *
   * @example const answer = await source.fetch('https://api.example.com/orders')
   */
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>
  /** Forgets the token, such as after an API refused it. The next one is fetched. */
  readonly forget: () => void
}

/** Milliseconds before its end at which a token is renewed. */
const RENEWED_BEFORE = 60_000
/** After a failure nobody asks again for this long; milliseconds. */
const PAUSE = 1_000

/**
 * A source of access tokens for a program in its own name (RFC 6749, section 4.4; row O17).
 *
 * @example
 * const source = createTokenSource({ issuer: 'https://id.example.com', clientId, clientSecret, scope: 'orders:read' })
 * const { accessToken } = await source.token()
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { clock = systemClock } = options
  const find = createServerFinder(options)
  let held: SourcedToken | null = null
  let fetching: Promise<SourcedToken> | null = null
  let failure: { readonly error: unknown; readonly until: number } | null = null
  let key: Promise<webcrypto.CryptoKeyPair> | null = null
  const nonces = createNonces()

  async function token(): Promise<SourcedToken> {
    const now = clock.now()
    if (held !== null && held.expiresAt - RENEWED_BEFORE > now) return held
    if (failure !== null && failure.until > now) return stillGood(failure.error)
    fetching ??= renew().finally(() => {
      fetching = null
    })
    return fetching.catch(stillGood)
  }

  async function renew(): Promise<SourcedToken> {
    try {
      held = await request()
      failure = null
      return held
    } catch (error) {
      failure = { error, until: clock.now() + PAUSE }
      throw error
    }
  }

  function stillGood(error: unknown): SourcedToken {
    if (held === null || held.expiresAt <= clock.now()) throw error
    return held
  }

  async function request(): Promise<SourcedToken> {
    const { oidc, config } = await find()
    const asked = { ...given('scope', options.scope), ...given('resource', options.resource) }
    const proof = options.dpop === true ? { DPoP: oidc.getDPoPHandle(config, await keyPair()) } : {}
    const answer = await oidc.clientCredentialsGrant(config, asked, proof)
    const lifetime = answer.expiresIn() ?? 0
    const type = answer.token_type.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer'
    return { accessToken: answer.access_token, type, expiresAt: clock.now() + lifetime * 1000 }
  }

  function keyPair(): Promise<webcrypto.CryptoKeyPair> {
    key ??= crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    return key
  }

  async function headers(method: string, url: string | URL): Promise<Record<string, string>> {
    const { accessToken, type } = await token()
    if (type === 'Bearer') return { authorization: `Bearer ${accessToken}` }
    const about = { method, url: new URL(url), accessToken, nonce: nonces.of(url), now: clock.now() }
    const proof = await signProof(await keyPair(), about)
    return { authorization: `DPoP ${accessToken}`, dpop: proof }
  }

  async function ask(url: string | URL, init: RequestInit): Promise<Response> {
    const sent = new Headers(init.headers)
    for (const [name, value] of Object.entries(await headers(init.method ?? 'GET', url))) sent.set(name, value)
    const answer = await fetch(url, { ...init, headers: sent })
    nonces.learn(url, answer)
    return answer
  }

  async function fetchWithToken(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const before = nonces.of(url)
    const first = await ask(url, init)
    if (nonces.of(url) === before || !wantsNonce(first) || init.body instanceof ReadableStream) return first
    await first.body?.cancel()
    return ask(url, init)
  }

  return Object.freeze({
    token,
    headers,
    fetch: fetchWithToken,
    forget: () => {
      held = null
    },
  })
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

type Proven = {
  readonly method: string
  readonly url: URL
  readonly accessToken: string
  readonly nonce: string | undefined
  readonly now: number
}

/** A proof of possession for one request (RFC 9449, section 4.2). */
async function signProof(pair: webcrypto.CryptoKeyPair, proven: Proven): Promise<string> {
  const { method, url, accessToken, nonce, now } = proven
  const { exportJWK, SignJWT } = await import('jose')
  const { kty, crv, x, y } = await exportJWK(pair.publicKey)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken))
  const claims = {
    htm: method.toUpperCase(),
    htu: url.origin + url.pathname,
    ath: Buffer.from(digest).toString('base64url'),
    ...(nonce === undefined ? {} : { nonce }),
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } as never })
    .setIssuedAt(Math.floor(now / 1000))
    .setJti(crypto.randomUUID())
    .sign(pair.privateKey)
}
