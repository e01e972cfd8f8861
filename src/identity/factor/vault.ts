import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import type { Secret } from '../../core/index.ts'
import type { Resealer, Secrets } from '../../secrets/index.ts'
import { tablesOf } from '../tables.ts'

/** Whose factor a secret is; it opens nowhere else. */
export type Place = { readonly personId: string; readonly factorId: string }

/** What second factors are kept in. */
export type FactorVault = {
  /** Seals a secret that has to be read again, such as that of an authenticator app. */
  readonly seal: (secret: Uint8Array, place: Place) => string
  /** @throws when it was altered, or belongs to another person or factor */
  readonly open: (sealed: string, place: Place) => Buffer
  /**
   * What is kept of a code that need not be read again. Codes are short, so the digest is keyed: who has the database
   * alone cannot try them out.
   *
   * @param bound what the code is good for; the same code for something else has another digest
   */
  readonly digest: (code: string, bound: readonly string[]) => Uint8Array
}

const PURPOSE = 'identity.factor'
const BATCH = 50
const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Opens what second factors are kept in. A secret is encrypted with a key derived for its person (HKDF, RFC 5869), and
 * what comes out is sealed for its row (row I5).
 */
export async function openFactorVault(secrets: Secrets): Promise<FactorVault> {
  const box = await secrets.box(PURPOSE)
  const root = await secrets.keep(PURPOSE, () => randomBytes(32))
  secrets.resealWith(PURPOSE, resealFactors)
  const codes = derive(root, 'codes', '')
  return Object.freeze({
    seal: (secret, place) => box.seal(encrypt(derive(root, 'person', place.personId), secret), contextOf(place)),
    open: (sealed, place) => decrypt(derive(root, 'person', place.personId), box.open(sealed, contextOf(place))),
    // As JSON, so that two lists of texts are never read as one.
    digest: (code, bound) =>
      createHmac('sha256', codes)
        .update(JSON.stringify([code, ...bound]))
        .digest(),
  } satisfies FactorVault)
}

function derive(root: Secret<Buffer>, what: string, whose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', root.reveal(), whose, `sallyport factor ${what}`, 32))
}

function encrypt(key: Buffer, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, sealed: Buffer): Buffer {
  const tagAt = sealed.length - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(sealed.subarray(tagAt))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, tagAt)), decipher.final()])
}

function contextOf({ personId, factorId }: Place): string {
  return `factor.${personId}.${factorId}`
}

const resealFactors: Resealer = async (tx, reseal, after) => {
  const db = tablesOf(tx)
  const rows = await db
    .selectFrom('factor')
    .select(['id', 'person_id', 'sealed'])
    .where('sealed', 'is not', null)
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(BATCH)
    .execute()
  for (const { id, person_id: personId, sealed } of rows) {
    const again = reseal(String(sealed), contextOf({ personId, factorId: id }))
    await db.updateTable('factor').set({ sealed: again }).where('id', '=', id).execute()
  }
  return rows.length < BATCH ? null : (rows.at(-1)?.id ?? null)
}
