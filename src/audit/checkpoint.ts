import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'

const ED25519 = 1
const DASH = '— '
const ORIGIN_PREFIX = 'sallyport/'
const FORM = /^([\x21-\x7e]{1,200})\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n$/

/** The state of a log at one size. */
export type TreeHead = { readonly log: string; readonly size: number; readonly root: Buffer }

/**
 * Signs the state of a log as a checkpoint (C2SP tlog-checkpoint) in a signed note (C2SP signed-note). The name of the
 * key is the origin, so any tool for such logs can hold it against `verifierKey`.
 */
export function signCheckpoint(head: TreeHead, key: KeyObject): string {
  const origin = originOf(head.log)
  const text = `${origin}\n${head.size}\n${head.root.toString('base64')}\n`
  const signature = Buffer.concat([keyHash(origin, publicBytes(key)), sign(null, Buffer.from(text), key)])
  return `${text}\n${DASH}${origin} ${signature.toString('base64')}\n`
}

/** Reads a checkpoint. @returns null when it is not one, or this key did not sign it */
export function openCheckpoint(note: string, key: Uint8Array): TreeHead | null {
  const split = note.lastIndexOf('\n\n')
  if (split === -1) return null
  const text = note.slice(0, split + 1)
  const match = FORM.exec(text)
  const [, origin = '', size = '', root = ''] = match ?? []
  if (!origin.startsWith(ORIGIN_PREFIX) || !isSigned(note.slice(split + 2), origin, text, key)) return null
  return { log: origin.slice(ORIGIN_PREFIX.length), size: Number(size), root: Buffer.from(root, 'base64') }
}

/** The public key of a log's checkpoints as a note verifier key: `name+hash+key`. */
export function verifierKey(log: string, key: Uint8Array): string {
  const origin = originOf(log)
  return `${origin}+${keyHash(origin, key).toString('hex')}+${Buffer.concat([Buffer.from([ED25519]), key]).toString('base64')}`
}

/** Reads the 32 bytes of the key out of a note verifier key. @returns null when it is none */
export function parseVerifierKey(text: string): Buffer | null {
  const [name = '', sum, ...rest] = text.trim().split('+')
  const bytes = fromBase64(rest.join('+'))
  if (bytes === null || bytes.length !== 33 || bytes[0] !== ED25519) return null
  const key = bytes.subarray(1)
  return keyHash(name, key).toString('hex') === sum ? key : null
}

/** The 32 bytes of an Ed25519 public key (RFC 8032). */
export function publicBytes(key: KeyObject): Buffer {
  const pem = key.type === 'private' ? createPublicKey(key) : key
  return pem.export({ type: 'spki', format: 'der' }).subarray(-32)
}

function originOf(log: string): string {
  return ORIGIN_PREFIX + log
}

function isSigned(lines: string, origin: string, text: string, key: Uint8Array): boolean {
  const name = `${DASH}${origin} `
  const line = lines.split('\n').find((one) => one.startsWith(name))
  if (line === undefined) return false
  const signature = fromBase64(line.slice(name.length))
  if (signature === null || signature.length !== 68 || !signature.subarray(0, 4).equals(keyHash(origin, key)))
    return false
  return verify(null, Buffer.from(text), publicKey(key), signature.subarray(4))
}

// Only the one way to write these bytes: Node's decoder passes over whatever it does not know.
function fromBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

function keyHash(name: string, key: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519]), key]), 'buffer').subarray(0, 4)
}

const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')

function publicKey(key: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, key]), format: 'der', type: 'spki' })
}
