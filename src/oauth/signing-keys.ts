import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Audit } from '../audit/index.ts'
import { type Clock, createId } from '../core/index.ts'
import type { Box, Resealer, Secrets } from '../secrets/index.ts'
import type { Store } from '../store/index.ts'

/** A key that signs, ready for use. */
export type SigningKey = { readonly id: string; readonly algorithm: 'ES256'; readonly privateKey: KeyObject }

/** What everybody may know of a signing key (RFC 7517). */
export type PublicKey = {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly alg: string
  readonly use: 'sig'
}

export type SigningKeys = {
  readonly current: () => SigningKey
  readonly jwks: () => { readonly keys: readonly PublicKey[] }
  readonly list: () => readonly { id: string; algorithm: string; createdAt: number }[]
}

type Row = {
  id: string
  generation: number
  algorithm: string
  public_jwk: string
  private_key: string
  created_at: number
}
type Tables = { signing_key: Row }

const PURPOSE = 'oauth.signing'

/**
 * Opens the keys that sign our tokens, making the first on first start. The private half is stored sealed, bound to its
 * row (row O10).
 */
export async function openSigningKeys(deps: {
  store: Store
  secrets: Secrets
  audit: Audit
  clock: Clock
}): Promise<SigningKeys> {
  const box = await deps.secrets.box(PURPOSE)
  deps.secrets.resealWith(PURPOSE, resealAll)
  const rows = await ensureRows(deps, box)
  const newest = rows[0]
  if (newest === undefined) throw new Error('no signing key could be made')
  const current: SigningKey = Object.freeze({ id: newest.id, algorithm: 'ES256', privateKey: openPrivate(newest, box) })
  const jwks = Object.freeze({ keys: Object.freeze(rows.map((row) => JSON.parse(row.public_jwk) as PublicKey)) })
  return Object.freeze({
    current: () => current,
    jwks: () => jwks,
    list: () => rows.map(({ id, algorithm, created_at }) => ({ id, algorithm, createdAt: created_at })),
  })
}

async function ensureRows(deps: Parameters<typeof openSigningKeys>[0], box: Box): Promise<Row[]> {
  const stored = await readRows(deps.store)
  if (stored.length > 0) return stored
  await createFirst(deps, box)
  return readRows(deps.store)
}

function readRows(store: Store): Promise<Row[]> {
  return store.tables<Tables>().selectFrom('signing_key').selectAll().orderBy('generation', 'desc').execute()
}

async function createFirst(deps: Parameters<typeof openSigningKeys>[0], box: Box): Promise<void> {
  const row = newRow(deps.clock.now(), box)
  await deps.store.write(async (tx) => {
    const made = await tx
      .tables<Tables>()
      .insertInto('signing_key')
      .values(row)
      .onConflict((conflict) => conflict.column('generation').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (made === undefined) return
    const details = { algorithm: row.algorithm }
    await deps.audit.append(tx, { type: 'signing_key.created', outcome: 'success', resource: row.id, details })
  })
}

function newRow(now: number, box: Box): Row {
  const id = createId('sgk', now)
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: id, alg: 'ES256', use: 'sig' }
  const sealed = box.seal(privateKey.export({ format: 'der', type: 'pkcs8' }), id)
  return {
    id,
    generation: 1,
    algorithm: 'ES256',
    public_jwk: JSON.stringify(jwk),
    private_key: sealed,
    created_at: now,
  }
}

function openPrivate(row: Row, box: Box): KeyObject {
  return createPrivateKey({ key: box.open(row.private_key, row.id), format: 'der', type: 'pkcs8' })
}

// Signing keys are few: all of them are one batch.
const resealAll: Resealer = async (tx, reseal) => {
  const rows = await tx.tables<Tables>().selectFrom('signing_key').select(['id', 'private_key']).execute()
  for (const { id, private_key } of rows) {
    const row = { private_key: reseal(private_key, id) }
    await tx.tables<Tables>().updateTable('signing_key').set(row).where('id', '=', id).execute()
  }
  return null
}
