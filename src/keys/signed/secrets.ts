import { randomBytes } from 'node:crypto'
import { Secret } from '../../core/index.ts'
import type { Box, Resealer, Secrets } from '../../secrets/index.ts'
import { type PublicKeyAlgorithm, publicKeyOf, type VerifyingKey } from '../../signatures/index.ts'
import type { SignatureRow } from '../tables.ts'
import { sealedAfter, updateSealed } from './store.ts'

/** The secrets that requests are signed with, sealed in their rows and bound to them: an HMAC cannot be verified with a hash. */
export type SignatureSecrets = {
  readonly seal: (id: string, secret: Secret) => string
  /** What proves signatures made with a row's other half. */
  readonly verifying: (row: SignatureRow) => VerifyingKey
}

const PURPOSE = 'keys.signature'
const BATCH = 50
const SECRET_BYTES = 32

export async function openSignatureSecrets(secrets: Secrets): Promise<SignatureSecrets> {
  const box: Box = await secrets.box(PURPOSE)
  secrets.resealWith(PURPOSE, resealSignatures)

  function verifying({ id, algorithm, secret, public_key: publicKey }: SignatureRow): VerifyingKey {
    if (algorithm === 'hmac-sha256' && secret !== null) {
      return { algorithm, secret: bytesOf(new Secret(box.open(secret, contextOf(id)).toString('utf8'))) }
    }
    const key = publicKey === null ? null : publicKeyOf(JSON.parse(publicKey) as Record<string, unknown>)
    if (key === null) throw new Error(`the signature key ${id} is broken`)
    return { algorithm: algorithm as PublicKeyAlgorithm, key }
  }

  return Object.freeze({
    seal: (id: string, secret: Secret) => box.seal(secret.reveal(), contextOf(id)),
    verifying,
  })
}

/** A secret of two sides: 256 random bits in base64. */
export function makeSignatureSecret(): Secret {
  return new Secret(randomBytes(SECRET_BYTES).toString('base64'))
}

function bytesOf(secret: Secret): Buffer {
  return Buffer.from(secret.reveal(), 'base64')
}

function contextOf(id: string): string {
  return `api_key_signature.secret.${id}`
}

const resealSignatures: Resealer = async (tx, reseal, after) => {
  const rows = await sealedAfter(tx, after ?? '', BATCH)
  for (const { id, secret } of rows) await updateSealed(tx, id, reseal(secret, contextOf(id)))
  return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
}
