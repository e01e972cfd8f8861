import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { open } from 'node:fs/promises'
import { faultOfJwk } from '../../tokens/index.ts'
import { publicJwkOf } from './generate.ts'
import type { KeyFromOutside, PublicKey, SigningAlgorithm, SigningKey } from './signing-key.ts'

/** A key that the configuration names. Its private half is only in memory. */
export type OutsideKey = SigningKey & { readonly publicJwk: PublicKey }

type Env = Readonly<Record<string, string | undefined>>

const LARGEST = 32_768
const OTHERS = 0o077

/**
 * Reads the signing keys that were not made here.
 *
 * @throws with a sentence for the operator: missing, readable by others, not a private key, too weak, not for its algorithm
 */
export async function readOutsideKeys(from: readonly KeyFromOutside[], env: Env): Promise<readonly OutsideKey[]> {
  const keys: OutsideKey[] = []
  for (const place of from) {
    const key = toKey(await readPem(place, env), place)
    if (keys.some(({ id }) => id === key.id)) throw new Error(`${nameOf(place)} has the id of another: ${key.id}.`)
    keys.push(key)
  }
  return Object.freeze(keys)
}

function toKey(pem: string, place: KeyFromOutside): OutsideKey {
  const { algorithm } = place
  const privateKey = parse(pem, place)
  const fault = faultOf(privateKey, algorithm)
  if (fault !== null) throw new Error(`${nameOf(place)} cannot be used for ${algorithm}: ${fault}.`)
  const publicKey = createPublicKey(privateKey)
  const id = place.id ?? thumbprintOf(publicKey)
  return Object.freeze({ id, algorithm, privateKey, publicJwk: publicJwkOf(publicKey, id, algorithm) })
}

async function readPem(place: KeyFromOutside, env: Env): Promise<string> {
  if (place.file !== null) return readFileOf(place.file, nameOf(place))
  const text = env[place.env ?? '']
  if (text === undefined || text === '') throw new Error(`${nameOf(place)} is not there: the variable is not set.`)
  return text
}

async function readFileOf(path: string, name: string): Promise<string> {
  const file = await open(path, 'r').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Error(`${name} cannot be read (${code}).`)
  })
  try {
    const { mode, size } = await file.stat()
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new Error(`${name} can be read by others. Run: chmod 600 ${path}`)
    }
    if (size > LARGEST) throw new Error(`${name} is too large to be a key.`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

// What the parser says may hold a part of the text.
function parse(pem: string, place: KeyFromOutside): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem' })
  } catch {
    throw new Error(`${nameOf(place)} is no private key in PEM without a passphrase.`)
  }
}

// What is asked of the keys of others is asked of ours.
function faultOf(privateKey: KeyObject, algorithm: SigningAlgorithm): string | null {
  if (KINDS[algorithm] !== privateKey.asymmetricKeyType) return 'it is of another kind'
  const fault = faultOfJwk(createPublicKey(privateKey).export({ format: 'jwk' }), algorithm)
  return fault ?? (signs(privateKey, algorithm) ? null : 'its halves do not match')
}

// Some kinds have no form as JWK, and saying so is not an error of ours.
const KINDS: Readonly<Record<SigningAlgorithm, string>> = { ES256: 'ec', RS256: 'rsa', PS256: 'rsa', EdDSA: 'ed25519' }

// A file that was damaged or put together by hand may hold two halves of different keys.
function signs(privateKey: KeyObject, algorithm: SigningAlgorithm): boolean {
  const probe = Buffer.from('sallyport')
  const digest = algorithm === 'EdDSA' ? null : 'sha256'
  try {
    return verify(digest, probe, createPublicKey(privateKey), sign(digest, probe, privateKey))
  } catch {
    return false
  }
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

// RFC 7638, section 3; RFC 8037, section 2.
function thumbprintOf(publicKey: KeyObject): string {
  const jwk = publicKey.export({ format: 'jwk' })
  const members = MEMBERS[jwk.kty ?? ''] ?? []
  const text = JSON.stringify(Object.fromEntries(members.map((name) => [name, jwk[name]])))
  return createHash('sha256').update(text).digest('base64url')
}

function nameOf({ file, env }: KeyFromOutside): string {
  return file === null ? `The signing key in the variable ${env}` : `The signing key ${file}`
}
