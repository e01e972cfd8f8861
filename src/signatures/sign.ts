import { randomBytes } from 'node:crypto'
import { type SigningKey, signatureOf } from './algorithm.ts'
import { type SignedMessage, signatureBase } from './base.ts'
import type { BareItem, InnerList, Item, Parameters } from './field.ts'
import { serializeDictionary } from './serialize.ts'

/** What a signature says besides the request. Times are seconds since the epoch. */
export type SignatureWish = {
  readonly keyId: string
  readonly components: readonly string[]
  readonly created: number
  readonly expires?: number | null
  /** Random unless it is given. */
  readonly nonce?: string
  readonly tag?: string | null
  readonly label?: string
}

const NONE: Parameters = new Map()

/**
 * Signs a request (RFC 9421, section 3.1).
 *
 * @returns the values of `Signature-Input` and `Signature`
 * @throws TypeError for a component that the request does not have
 */
export function signMessage(message: SignedMessage, key: SigningKey, wish: SignatureWish) {
  const { label = 'sig1', components } = wish
  const covered: InnerList = { items: components.map(itemOf), parameters: parametersOf(wish, key) }
  const made = signatureBase(message, covered)
  if (!made.ok) throw new TypeError(`the request has no ${made.component} to sign`)
  const signature: Item = { item: { is: 'bytes', value: signatureOf(key, made.base) }, parameters: NONE }
  return Object.freeze({
    'signature-input': serializeDictionary(new Map([[label, covered]])),
    signature: serializeDictionary(new Map([[label, signature]])),
  })
}

function itemOf(name: string): Item {
  return { item: { is: 'string', value: name }, parameters: NONE }
}

function parametersOf(
  { created, expires = null, nonce, keyId, tag = null }: SignatureWish,
  key: SigningKey,
): Parameters {
  const parameters = new Map<string, BareItem>()
  parameters.set('created', { is: 'integer', value: created })
  if (expires !== null) parameters.set('expires', { is: 'integer', value: expires })
  parameters.set('nonce', { is: 'string', value: nonce ?? randomBytes(18).toString('base64url') })
  parameters.set('keyid', { is: 'string', value: keyId })
  parameters.set('alg', { is: 'string', value: key.algorithm })
  if (tag !== null) parameters.set('tag', { is: 'string', value: tag })
  return parameters
}
