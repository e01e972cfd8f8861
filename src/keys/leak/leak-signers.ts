import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Clock } from '../../core/index.ts'

/** Finds the public key that a report says it was signed with; null when there is none of that name. */
export type SignerOf = (identifier: string) => Promise<KeyObject | null>

const FRESH_MS = 3_600_000
const RETRY_MS = 60_000
const PATIENCE_MS = 5_000
const MOST_BYTES = 262_144
const MOST_KEYS = 100

/**
 * The public keys of GitHub's secret scanning: those of the configuration, then those of the published list. The list is
 * kept for an hour; an unknown name has it read again, at most once a minute, so that strangers cannot make us ask.
 *
 * @throws when the list is needed and cannot be read
 */
export function createSigners(deps: {
  publicKeys: Readonly<Record<string, string>>
  keysUrl: string | null
  clock: Clock
}): SignerOf {
  const configured = new Map(Object.entries(deps.publicKeys).map(([name, text]) => [name, publicKeyOf(text)]))
  let listed: ReadonlyMap<string, KeyObject> = new Map()
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | null = null

  return async (identifier) => {
    const known = configured.get(identifier)
    if (known !== undefined || deps.keysUrl === null) return known ?? null
    const age = deps.clock.now() - askedAt
    if (age >= FRESH_MS || (!listed.has(identifier) && age >= RETRY_MS)) await refresh(deps.keysUrl)
    return listed.get(identifier) ?? null
  }

  function refresh(url: string): Promise<void> {
    asking ??= readList(url)
      .then((keys) => {
        listed = keys
        askedAt = deps.clock.now()
      })
      .finally(() => {
        asking = null
      })
    return asking
  }
}

/**
 * Reads a public key as PEM, or as the base64 of its DER form.
 *
 * @throws when it is not an ECDSA key on P-256
 */
export function publicKeyOf(text: string): KeyObject {
  const key = text.includes('-----BEGIN')
    ? createPublicKey(text)
    : createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('the key must be ECDSA on P-256')
  return key
}

type List = { readonly public_keys: readonly { readonly key_identifier: string; readonly key: string }[] }

async function readList(url: string): Promise<ReadonlyMap<string, KeyObject>> {
  const answer = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: { accept: 'application/json', 'user-agent': 'sallyport' },
  })
  if (!answer.ok || answer.body === null) throw new Error(`the list of signing keys answered ${answer.status}`)
  const list = JSON.parse(await boundedText(answer.body)) as Partial<List>
  if (!Array.isArray(list.public_keys)) throw new Error('the list of signing keys has another form than expected')
  const keys = (list as List).public_keys.slice(0, MOST_KEYS)
  return new Map(keys.map(({ key_identifier, key }) => [String(key_identifier), publicKeyOf(String(key))]))
}

async function boundedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of body) {
    size += piece.byteLength
    if (size > MOST_BYTES) throw new Error('the list of signing keys is too large')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
