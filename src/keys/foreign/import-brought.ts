import { createId, type Problem, type Secret } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { KeyDeps } from '../deps.ts'
import { digestOf } from '../digest.ts'
import { readKey } from '../format.ts'
import type { Environment, Key, KeyFormat } from '../key.ts'
import type { KeyTables } from '../tables.ts'
import { type ForeignHash, readForeignHash, sha256Of, startsOf } from './foreign.ts'
import { countCandidates, findMarked } from './foreign-store.ts'

/** What of a key was brought along: its text, or a hash of it. */
export type Brought = { readonly kind: 'value'; readonly text: Secret } | ForeignHash

/** Keys with a bcrypt hash that may begin alike: each is compared when one of them is used. */
const MOST_CANDIDATES = 5
const HINT_START = 12

/** Reads what was brought, or says as the rest of a sentence what is wrong with the hash. */
export function readBrought(given: {
  readonly text: Secret | null
  readonly hash: { readonly algorithm: 'sha256' | 'bcrypt'; readonly value: string } | null
}): Brought | string {
  if (given.text !== null) return { kind: 'value', text: given.text }
  return given.hash === null ? 'is missing' : readForeignHash(given.hash.algorithm, given.hash.value)
}

/** By which a key that was brought before is known again, whatever pepper was in force then. */
export function marksOf(deps: Pick<KeyDeps, 'peppers'>, brought: Brought) {
  const peppers = deps.peppers()
  const name = markName(brought)
  const all = [...peppers.byVersion.keys()].map((version) => digestOf(peppers, version, name))
  return { all, current: digestOf(peppers, peppers.current, name) }
}

// A text and its SHA-256 are the same key. No key has a colon after these words, so no mark is the digest of a key.
function markName(brought: Brought): string {
  if (brought.kind === 'value') return `sha256:${sha256Of(brought.text.reveal())}`
  return `${brought.kind}:${brought.hash}`
}

/** The id of the key that this is already here, or null. */
export async function findBrought(deps: KeyDeps, tx: Transaction, brought: Brought): Promise<string | null> {
  const db = tx.tables<KeyTables>()
  const marked = await findMarked(db, marksOf(deps, brought).all)
  if (marked !== null || brought.kind !== 'value') return marked
  const text = brought.text.reveal()
  const peppers = deps.peppers()
  const digests = [...peppers.byVersion.keys()].map((version) => digestOf(peppers, version, text))
  const id = foreignId(text, deps.brand)?.id ?? ''
  const row = await db
    .selectFrom('api_key')
    .select('id')
    .where((row) => row.or([row('digest', 'in', digests), row('id', '=', id)]))
    .executeTakeFirst()
  return row?.id ?? null
}

/** Who begins like too many others is refused: each use would compare them all. */
export async function prefixProblem(tx: Transaction, brought: Brought, prefix: string | null): Promise<Problem | null> {
  if (brought.kind !== 'bcrypt' || prefix === null) return null
  if ((await countCandidates(tx.tables<KeyTables>(), startsOf(prefix))) < MOST_CANDIDATES) return null
  const message = `${MOST_CANDIDATES} keys with bcrypt hashes begin like this already; give more of its beginning`
  return refuseHttp('INPUT_INVALID', { errors: [{ path: 'prefix', message }] })
}

export type Identity = { readonly id: string; readonly format: KeyFormat }
/** A key of ours from another Sallyport keeps the id that stands in its text: without it, it could not be found. */
export type OwnIdentity = Identity & { readonly environment: Environment; readonly hint: Key['hint'] }

export function foreignId(text: string, brand: string): OwnIdentity | null {
  const read = readKey(text, brand)
  if (read.is !== 'prefixed') return null
  const start = `${brand}_${read.environment}_${read.id.slice(0, 6)}`
  const hint = { start, end: text.slice(-4) }
  return { id: `key_${read.id}`, format: 'prefixed', environment: read.environment, hint }
}

export function newIdentity(now: number): Identity {
  return { id: createId('key', now), format: 'foreign' }
}

export function hintOf(brought: Brought, prefix: string | null, own: OwnIdentity | null): Key['hint'] {
  if (own !== null) return own.hint
  if (brought.kind !== 'value') return { start: prefix?.slice(0, HINT_START) ?? '', end: '' }
  const text = brought.text.reveal()
  return { start: text.slice(0, 4), end: text.slice(-4) }
}
