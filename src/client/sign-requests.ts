import { createPrivateKey, type KeyObject } from 'node:crypto'
import {
  contentDigest,
  type SignatureAlgorithm,
  type SignedMessage,
  type SigningKey,
  signMessage,
} from '../signatures/index.ts'

/** What a program signs with: the id of its signature key, and the secret or the private key that belongs to it. */
export type SignerOptions = {
  /** `rsk_…`. */
  readonly keyId: string
  /** For `hmac-sha256`: as it was shown when the signature key was made. */
  readonly secret?: string
  /** For the other algorithms: PEM, or a key of `node:crypto`. */
  readonly privateKey?: string | KeyObject
  /** What belongs to the key; left out, `hmac-sha256` with a secret and `ed25519` with a private key. */
  readonly algorithm?: SignatureAlgorithm
  /** Headers that are signed where a request has them, besides `content-type` and `content-encoding`. */
  readonly covers?: readonly string[]
  /** Milliseconds since the epoch; the clock of this machine unless told. */
  readonly now?: () => number
}

/** A request that is to be signed. */
export type SignableRequest = {
  readonly method?: string
  readonly url: string | URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Signs one request after another, each for one use. */
export type RequestSigner = (request: SignableRequest) => Readonly<Record<string, string>>

/**
 * Makes what signs requests (RFC 9421) for a route that takes `signature`. The body's digest (RFC 9530) is signed with it.
 *
 * @returns a function that answers all headers of the request: those given, and those of the signature
 * @throws TypeError for options that cannot be meant
 * @example
 * const sign = createRequestSigner({ keyId: 'rsk_…', secret: process.env.SIGNING_SECRET })
 * const request = { method: 'POST', url, headers: { 'content-type': 'application/json' }, body }
 * await fetch(url, { ...request, headers: sign(request) })
 */
export function createRequestSigner(options: SignerOptions): RequestSigner {
  const { keyId, covers = [], now = Date.now } = options
  const key = signingKeyOf(options)
  const wanted = ['content-digest', 'content-type', 'content-encoding', ...covers.map((name) => name.toLowerCase())]

  return ({ method = 'GET', url, headers = {}, body }) => {
    const { origin, pathname, search } = new URL(url)
    const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
    const all = new Map<string, string>(given)
    if (body !== undefined && body.length > 0) all.set('content-digest', contentDigest(Buffer.from(body)))
    const message: SignedMessage = {
      method: method.toUpperCase(),
      address: `${origin}${pathname}`,
      query: search.slice(1),
      header: (name) => all.get(name),
    }
    const components = [
      '@method',
      '@authority',
      '@path',
      ...(search === '' ? [] : ['@query']),
      ...wanted.filter((name, i) => all.has(name) && wanted.indexOf(name) === i),
    ]
    const created = Math.floor(now() / 1000)
    return Object.freeze({ ...Object.fromEntries(all), ...signMessage(message, key, { keyId, components, created }) })
  }
}

function signingKeyOf({ secret, privateKey, algorithm }: SignerOptions): SigningKey {
  if ((secret === undefined) === (privateKey === undefined)) throw new TypeError('say either secret or privateKey')
  if (secret !== undefined) {
    if (algorithm !== undefined && algorithm !== 'hmac-sha256') throw new TypeError(`${algorithm} needs privateKey`)
    return { algorithm: 'hmac-sha256', secret: secretBytes(secret) }
  }
  if (algorithm === 'hmac-sha256') throw new TypeError('hmac-sha256 needs secret')
  const key = typeof privateKey === 'string' ? createPrivateKey(privateKey) : (privateKey as KeyObject)
  return { algorithm: algorithm ?? 'ed25519', privateKey: key }
}

function secretBytes(secret: string): Buffer {
  const bytes = Buffer.from(secret, 'base64')
  if (bytes.length < 32 || bytes.toString('base64') !== secret) throw new TypeError('secret is not one that was shown')
  return bytes
}
