import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Clock, systemClock } from '../core/index.ts'
import { type ClientIdentity, createServerFinder } from './server.ts'

/** A sign-in under way, as it is kept until the person comes back. Times are milliseconds. */
export type PendingSignIn = {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** SHA-256 of what the browser's cookie holds. */
  readonly browser: string
  readonly returnTo: string
  readonly expiresAt: number
}

/** Where sign-ins under way are kept. An application of several processes keeps them where all of them look. */
export type PendingStore = {
  readonly put: (pending: PendingSignIn) => void | Promise<void>
  /** Gives one back and forgets it at once: of two that ask at the same time one gets it. */
  readonly take: (state: string) => PendingSignIn | null | Promise<PendingSignIn | null>
}

export type SignInOptions = ClientIdentity & {
  /** Where the authorization server sends the browser back to; registered there to the character. */
  readonly redirectUri: string
  /** `openid` is always among them. */
  readonly scope?: string
  readonly pending?: PendingStore
  readonly clock?: Clock
}

export type SignInWish = {
  /** A path of the application itself where the person goes on afterwards; `/` unless told. */
  readonly returnTo?: string
  /** What must be proved, such as `aal2`. */
  readonly acr?: string
  /** Seconds: how old the proof may be. */
  readonly maxAge?: number
  readonly loginHint?: string
  readonly resource?: string
}

export type BegunSignIn = {
  /** Send the browser here. */
  readonly url: URL
  /** Give it to the browser in a cookie (`HttpOnly`, `Secure`, `SameSite=Lax`) for five minutes. */
  readonly cookie: string
}

export type SignedIn = {
  readonly subject: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly accessToken: string
  readonly refreshToken: string | null
  readonly idToken: string
  readonly returnTo: string
}

/** What went wrong; the person may begin again. `code` is `sign_in_lost`, or the error of the authorization server. */
export class SignInError extends Error {
  override readonly name = 'SignInError'
  readonly code: string
  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export type SignInHelper = {
  readonly begin: (wish?: SignInWish) => Promise<BegunSignIn>
  /**
   * Ends a sign-in with the address that the browser came back to and the cookie that it brought.
   *
   * @throws SignInError `sign_in_lost` when it was never begun, is over, was used, or belongs to another browser; else
   *   with the error code of the authorization server, such as `access_denied`
   */
  readonly finish: (callback: URL, cookie: string | undefined) => Promise<SignedIn>
}

/** What is under way ends after this long; milliseconds. */
const KEPT_FOR = 5 * 60_000
const MOST_PENDING = 10_000
const PATH = /^\/(?![/\\])[^\\\p{Cc}]{0,2047}$/u

/**
 * Signs people in by an authorization server: code flow with PKCE, `state` and `nonce` (OpenID Connect Core, section 3.1;
 * RFC 9700, section 2.1; row O17).
 *
 * @example
 * const signIn = createSignIn({ issuer, clientId, clientSecret, redirectUri: 'https://shop.example.com/callback' })
 * const { url, cookie } = await signIn.begin({ returnTo: '/orders' })
 * // later, at /callback:
 * const { subject, returnTo } = await signIn.finish(new URL(request.url, origin), cookies.sign_in)
 */
export function createSignIn(options: SignInOptions): SignInHelper {
  const { clock = systemClock, redirectUri } = options
  const pending = options.pending ?? createPendingMemory(clock)
  const find = createServerFinder(options)

  async function begin(wish: SignInWish = {}): Promise<BegunSignIn> {
    const { returnTo = '/' } = wish
    if (!PATH.test(returnTo)) throw new SignInError('return_to_refused', 'returnTo must be a path of this application')
    const { oidc, config } = await find()
    const verifier = oidc.randomPKCECodeVerifier()
    const [state, nonce, cookie] = [secret(), secret(), secret()]
    await pending.put({ state, nonce, verifier, browser: digest(cookie), returnTo, expiresAt: clock.now() + KEPT_FOR })
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: scopeOf(options.scope),
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...wished(wish),
    })
    return { url, cookie }
  }

  async function finish(callback: URL, cookie: string | undefined): Promise<SignedIn> {
    const found = await pending.take(callback.searchParams.get('state') ?? '')
    const lost = found === null || found.expiresAt <= clock.now() || !isSame(found.browser, digest(cookie ?? ''))
    if (lost) throw new SignInError('sign_in_lost', 'this sign-in is over or was begun elsewhere; begin again')
    const { oidc, config } = await find()
    const { verifier: pkceCodeVerifier, state: expectedState, nonce: expectedNonce, returnTo } = found
    try {
      const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
      const tokens = await oidc.authorizationCodeGrant(config, at(redirectUri, callback), checks)
      const claims = tokens.claims()
      if (claims === undefined || tokens.id_token === undefined) throw new Error('there is no ID token')
      const { access_token: accessToken, refresh_token: refreshToken = null, id_token: idToken } = tokens
      return { subject: claims.sub, claims, accessToken, refreshToken, idToken, returnTo }
    } catch (error) {
      throw new SignInError(codeOf(error), 'the authorization server did not let them in', error)
    }
  }

  return Object.freeze({ begin, finish })
}

/** Keeps sign-ins under way in this process; the oldest make room. */
function createPendingMemory(clock: Clock): PendingStore {
  const held = new LRUCache<string, PendingSignIn>({ max: MOST_PENDING })
  return {
    put: (pending) => void held.set(pending.state, pending),
    take: (state) => {
      const found = held.get(state) ?? null
      held.delete(state)
      return found === null || found.expiresAt <= clock.now() ? null : found
    },
  }
}

// What stands before the application may have changed scheme or host: the registered address is what counts.
function at(redirectUri: string, callback: URL): URL {
  const url = new URL(redirectUri)
  url.search = callback.search
  return url
}

function wished({ acr, maxAge, loginHint, resource }: SignInWish): Record<string, string> {
  return {
    ...(acr === undefined ? {} : { acr_values: acr }),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(loginHint === undefined ? {} : { login_hint: loginHint }),
    ...(resource === undefined ? {} : { resource }),
  }
}

function scopeOf(scope = 'openid profile email'): string {
  return scope.split(' ').includes('openid') ? scope : `openid ${scope}`
}

function codeOf(error: unknown): string {
  const told = (error as { error?: unknown }).error
  return typeof told === 'string' ? told : 'sign_in_refused'
}

const secret = (): string => randomBytes(32).toString('base64url')
const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
