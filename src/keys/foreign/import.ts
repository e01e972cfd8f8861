import { randomBytes } from 'node:crypto'
import {
  actorOf,
  type Caller,
  done,
  type FieldError,
  type Problem,
  type Result,
  refused,
  type Secret,
} from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Transaction } from '../../store/index.ts'
import { createdDetails, type NewKey, recordOf, settleNew } from '../create.ts'
import type { KeyDeps } from '../deps.ts'
import { digestOf } from '../digest.ts'
import { grantProblem, together } from '../grants.ts'
import type { Key } from '../key.ts'
import { refuseKey } from '../problems.ts'
import { propertiesProblem } from '../properties.ts'
import { ensureService } from '../service/services.ts'
import { insertKey } from '../store.ts'
import { foreignTextFault, PREFIX_LENGTH } from './foreign.ts'
import { insertForeign } from './foreign-store.ts'
import {
  type Brought,
  findBrought,
  foreignId,
  hintOf,
  marksOf,
  newIdentity,
  prefixProblem,
  readBrought,
} from './import-brought.ts'
import { holdForImport } from './import-hold.ts'

/** One key of another system: what creation takes, and how the key itself is known. */
export type ForeignKey = Omit<NewKey, 'format'> & {
  /** The name of the service that owns it; registered when there is none of this name. Instead of `owner`. */
  readonly service: string | null
  /** By value. */
  readonly text: Secret | null
  /** Or by the hash that the other system kept. */
  readonly hash: { readonly algorithm: 'sha256' | 'bcrypt'; readonly value: string } | null
  /** How the key begins: for its hint, and for a bcrypt hash to find it by. */
  readonly prefix: string | null
}

export type ImportWish = {
  readonly keys: readonly ForeignKey[]
  /** Say what would be, change nothing. */
  readonly dryRun: boolean
  /** What to do with a key that is here already. */
  readonly existing: 'refuse' | 'skip'
}

export type ImportedLine = {
  readonly result: 'imported' | 'skipped'
  readonly id: string
  readonly name: string
  readonly hint: Key['hint'] | null
}
export type Imported = { readonly dryRun: boolean; readonly lines: readonly ImportedLine[] }

const MOST_ERRORS = 100

/**
 * Takes over keys of another system, so that nobody has to change their clients (row K5). All of them or none: one
 * transaction, in which every rule of creation holds for each. A key that is given by value is hashed by us at once; a
 * foreign hash is kept until the key is first used, and replaced by ours then.
 *
 * Errors: `INPUT_INVALID`, `GRANT_EXCEEDED`, `KEY_LIMIT_REACHED`, `KEY_IMPORTED_ALREADY`; each fault names its key as
 * `keys.<position>`.
 *
 * @param deps.imported called after the commit, before the answer: the keys must be found from then on
 */
export function createImport(deps: KeyDeps & { readonly imported: () => Promise<void> }) {
  return async (wish: ImportWish, caller: Caller): Promise<Result<Imported>> => {
    const now = deps.clock.now()
    const wrong = wish.keys.map((key) => judged(deps, key, now, caller))
    const problem = gathered(wrong)
    if (problem !== null) return refused(problem)
    const outcome = await deps.store.write((tx) => importAll(deps, tx, wish, now, caller))
    if (!outcome.ok) return 'dry' in outcome ? done(outcome.dry) : outcome
    await deps.imported()
    return outcome
  }
}

// Everything that is known of a key without the store.
function judged(deps: KeyDeps, key: ForeignKey, now: number, caller: Caller): Problem | null {
  return together([sourceProblem(key, deps.brand), propertiesProblem(deps, key, now), grantProblem(key, caller)])
}

function sourceProblem(key: ForeignKey, brand: string): Problem | null {
  const { text, hash, prefix, environment } = key
  if ((text === null) === (hash === null)) return wrong('key', 'give either the key itself or its hash')
  if (key.owner !== null && key.service !== null) return wrong('service', 'give either owner or service')
  if (text === null) return hashProblem(key)
  const fault = foreignTextFault(text.reveal(), brand)
  if (fault !== null) return wrong('key', fault)
  if (prefix !== null) return wrong('prefix', 'has a meaning only beside a hash: the key itself shows how it begins')
  const own = foreignId(text.reveal(), brand)
  return own === null || own.environment === environment
    ? null
    : wrong('environment', `must be ${own.environment}, as the key itself says`)
}

function hashProblem({ hash, prefix }: ForeignKey): Problem | null {
  const brought = readBrought({ text: null, hash })
  if (typeof brought === 'string') return wrong('hash.value', brought)
  if (brought.kind !== 'bcrypt' || (prefix?.length ?? 0) >= PREFIX_LENGTH.least) return null
  const message = `is missing: a key with a bcrypt hash is found by how it begins, at least ${PREFIX_LENGTH.least} characters`
  return wrong('prefix', message)
}

type Outcome = Result<Imported> | { readonly ok: false; readonly problem: Problem; readonly dry: Imported }

async function importAll(
  deps: KeyDeps,
  tx: Transaction,
  wish: ImportWish,
  now: number,
  caller: Caller,
): Promise<Outcome> {
  await holdForImport(tx, wish.keys, caller)
  const lines: ImportedLine[] = []
  const problems: (Problem | null)[] = []
  const made: { key: Key; kind: Brought['kind'] }[] = []
  for (const key of wish.keys) {
    const line = await importOne(deps, tx, key, wish.existing, now, caller)
    problems.push(line.ok ? null : line.problem)
    if (!line.ok) continue
    lines.push(line.value.line)
    if (line.value.made !== null) made.push(line.value.made)
  }
  const problem = gathered(problems)
  if (problem !== null) return refused(problem)
  const imported = { dryRun: wish.dryRun, lines }
  // A refusal is what takes everything back.
  if (wish.dryRun) return { ...refused(refuseHttp('INPUT_INVALID')), dry: imported }
  if (made.length > 0) await tx.announce('key.foreign', 'imported')
  for (const { key, kind } of made) {
    const details = { ...createdDetails(key), by: kind }
    await deps.audit.append(tx, {
      ...actorOf(caller),
      type: 'key.imported',
      outcome: 'success',
      resource: key.id,
      details,
    })
  }
  return done(imported)
}

type OneImported = { readonly line: ImportedLine; readonly made: { key: Key; kind: Brought['kind'] } | null }

async function importOne(
  deps: KeyDeps,
  tx: Transaction,
  foreign: ForeignKey,
  existing: ImportWish['existing'],
  now: number,
  caller: Caller,
): Promise<Result<OneImported>> {
  const { service, text, hash, prefix, ...input } = foreign
  const brought = readBrought({ text, hash })
  if (typeof brought === 'string') throw new Error('an import was not judged before')
  const known = await findBrought(deps, tx, brought)
  if (known !== null && existing === 'refuse') return refused(refuseKey('KEY_IMPORTED_ALREADY'))
  if (known !== null) return done({ line: { result: 'skipped', id: known, name: input.name, hint: null }, made: null })
  const crowded = await prefixProblem(tx, brought, prefix)
  if (crowded !== null) return refused(crowded)
  const owner = service === null ? done(input.owner) : await serviceOwner(deps, tx, service, caller)
  if (!owner.ok) return owner
  const settled = await settleNew(deps, tx, { ...input, owner: owner.value }, now, caller)
  if (!settled.ok) return settled
  const own = text === null ? null : foreignId(text.reveal(), deps.brand)
  const identity = own ?? newIdentity(now)
  const what = { id: identity.id, format: identity.format, hint: hintOf(brought, prefix, own), rotatedFrom: null }
  const key = recordOf({ ...input, ...settled.value, ...what }, now, caller)
  await store(deps, tx, key, brought, prefix, now)
  return done({
    line: { result: 'imported', id: key.id, name: key.name, hint: key.hint },
    made: { key, kind: brought.kind },
  })
}

async function store(deps: KeyDeps, tx: Transaction, key: Key, brought: Brought, prefix: string | null, now: number) {
  const pepper = deps.peppers().current
  // Until the key is first used nothing is known that our digest could be made of: one that no text has keeps its place.
  const digest = brought.kind === 'value' ? digestOf(deps.peppers(), pepper, brought.text.reveal()) : randomBytes(32)
  await insertKey(tx, key, { digest, pepper })
  const mark = marksOf(deps, brought).current
  const pending = brought.kind === 'value' ? null : brought
  await insertForeign(tx, { keyId: key.id, kind: brought.kind, mark, pending, prefix, now })
}

async function serviceOwner(
  deps: KeyDeps,
  tx: Transaction,
  name: string,
  caller: Caller,
): Promise<Result<NewKey['owner']>> {
  const service = await ensureService(deps, tx, name, caller)
  return service.ok ? done({ kind: 'service', id: service.value.id }) : service
}

function wrong(path: string, message: string): Problem {
  return refuseHttp('INPUT_INVALID', { errors: [{ path, message }] })
}

/** The problems of many keys as one; each fault says of which key. */
function gathered(problems: readonly (Problem | null)[]): Problem | null {
  const named = problems.flatMap((problem, i) => (problem === null ? [] : errorsOf(problem, `keys.${i}`)))
  const [first] = problems.filter((problem) => problem !== null)
  if (first === undefined) return null
  const errors = named.slice(0, MOST_ERRORS)
  const same = problems.every((problem) => problem === null || problem.code === first.code)
  return same ? { ...first, errors } : refuseHttp('INPUT_INVALID', { errors })
}

function errorsOf({ errors = [], detail }: Problem, at: string): FieldError[] {
  if (errors.length === 0) return [{ path: at, message: detail }]
  return errors.map(({ path, message }) => ({ path: `${at}.${path}`, message }))
}
