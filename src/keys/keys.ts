import type { Access, NoteUse, RoleHolders } from '../access/index.ts'
import type { Audit } from '../audit/index.ts'
import {
  type Authenticator,
  actorOf,
  type Caller,
  type Clock,
  DEFAULT_ORGANIZATION,
  done,
  type Result,
  refused,
} from '../core/index.ts'
import type { Idempotency } from '../http/index.ts'
import type { Limits, TierOf } from '../limits/index.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Store } from '../store/index.ts'
import { createChange, type KeyChange, type Target } from './change.ts'
import type { ClassRules } from './classification.ts'
import { type Created, createCreate, type NewKey } from './create.ts'
import type { KeyDeps } from './deps.ts'
import { digestOf } from './digest.ts'
import { createDoors, type Doors } from './distant/doors.ts'
import { createExchange, type Exchanged, type ExchangeInput, type SignToken, type TokenFormat } from './exchange.ts'
import { startExpiry } from './expire.ts'
import { openForeignLookup } from './foreign/foreign-lookup.ts'
import { createImport, type Imported, type ImportWish } from './foreign/import.ts'
import { keyPattern } from './format.ts'
import { createInsight, type Insight } from './insight/insight.ts'
import type { Key } from './key.ts'
import { createLeak, type LeakOutcome, type LeakReport } from './leak/leak.ts'
import { createGithubReports, type GithubFeedback, type GithubSettings, type SignedReport } from './leak/leak-github.ts'
import { type KeyFilter, type KeyList, listKeys } from './list.ts'
import { type GrantsOf, type OwnerSources, type OwningService, personAsOwner, serviceAsOwner } from './owner.ts'
import { openPeppers } from './pepper.ts'
import { refuseKey } from './problems.ts'
import { createUsageSink, resetQuota } from './quota-store.ts'
import { createBulkRevoke, type RevokeBy } from './revoke-many.ts'
import { createServiceRoleHolders } from './role-holders.ts'
import { createRotate, type Rotated, type Rotation } from './rotate.ts'
import { createRotations, type Rotations } from './rotation/rotations.ts'
import type { RotationSurroundings } from './rotation/surroundings.ts'
import { createServices, type Services } from './service/services.ts'
import type { AcceptOnce } from './signed/authenticator.ts'
import { openSignedRequests, type SignedRequests } from './signed/signed.ts'
import { createResume, createRevoke, createSuspend } from './status.ts'
import { createKeyAuthenticator } from './steps.ts'
import { createProofLookup, findKey, readTables, type StoredProof, updateProof } from './store.ts'
import { createUsage } from './usage.ts'
import { createUsageReport, type UsageQuestion, type UsageReport } from './usage-report.ts'
import { createAdmission, type MfaOf } from './verify/admit.ts'
import { createDirectory, type KeySource, type Proof } from './verify/directory.ts'
import { entryOf } from './verify/entry.ts'
import { createLimitCheck } from './verify/limit.ts'
import { reachOf } from './verify/reach.ts'
import { createVerify, type Verify } from './verify/verify.ts'

export type KeysDeps = {
  readonly store: Store
  readonly secrets: Secrets
  readonly audit: Audit
  readonly limits: Limits
  /** Which tier a key has, by who it makes its caller. Without it none has one. */
  readonly tierOf?: TierOf
  readonly clock: Clock
  readonly settings: {
    readonly brand: string
    readonly cache: number
    readonly refusalDelay: number
    readonly classifications: ClassRules
    readonly leaks: { readonly github: GithubSettings }
  }
  readonly rotation: RotationSurroundings & {
    /** Milliseconds between two looks for due rotations; null in a process that does none. */
    readonly every: number | null
  }
  readonly access: Access
  /** Why a person has to prove again who they are before they make a CRITICAL key (row I10). */
  readonly freshProblem: KeyDeps['freshProblem']
  /** What a person was granted; null for nobody, whose keys are then refused. Announce `user` when it changes. */
  readonly grantsOf: GrantsOf
  /**
   * Whether an organization is one that works: of a disabled one no key does. Without it every organization works. Announce
   * `organization` when it changes.
   */
  readonly isOpen?: (organization: string) => Promise<boolean>
  /**
   * Whether the second factor of a key's owner was proved in a request. Without it nobody can, and keys that demand one
   * are refused.
   */
  readonly mfaOf?: MfaOf
  /** Takes down what of what a key's owner holds was asked for at a verification. */
  readonly noteUse?: NoteUse
  /** The country of an address, or null when it is not known. */
  readonly countryOf: (address: string) => string | null
  /** Remembers on every node what works once: the nonces of signed requests. */
  readonly acceptOnce: AcceptOnce
  /** Signs the tokens that keys buy (row K19). */
  readonly signToken: SignToken
  /** The forms of tokens that can be signed; JWTs alone unless told. */
  readonly tokenFormats?: readonly TokenFormat[]
  /** Told of failures that nobody waits for: a batch of counts that could not be written, a pepper not reloaded. */
  readonly onError: (error: unknown) => void
}

export type Keys = {
  readonly create: (input: NewKey, caller: Caller, idempotency: Idempotency | null) => Promise<Result<Created>>
  /** Errors: `KEY_UNKNOWN`. */
  readonly get: (id: string, caller: Caller) => Promise<Result<Key>>
  /** Newest first, continuing before an id. */
  readonly list: (filter: KeyFilter, part: { before: string | null; limit: number }, caller: Caller) => Promise<KeyList>
  readonly change: (target: Target, change: KeyChange, caller: Caller) => Promise<Result<Key>>
  readonly suspend: (target: Target, reason: string | null, caller: Caller) => Promise<Result<Key>>
  readonly resume: (target: Target, caller: Caller) => Promise<Result<Key>>
  readonly revoke: (target: Target, reason: string | null, caller: Caller) => Promise<Result<Key>>
  readonly revokeMany: (by: RevokeBy, reason: string | null, caller: Caller) => Promise<number>
  readonly rotate: (rotation: Rotation, caller: Caller, idempotency: Idempotency | null) => Promise<Result<Rotated>>
  /** Schedules, history, rollback and approvals of rotations. */
  readonly rotations: Rotations
  /** Errors: `KEY_UNKNOWN`, `INPUT_INVALID`. */
  readonly usage: (id: string, caller: Caller, question?: UsageQuestion) => Promise<Result<UsageReport>>
  /** Takes a finished request of a key, wherever it was answered, for its usage (row K24). Memory only. */
  readonly observe: Insight['observe']
  /** Counts one use of a key that was let through a door of its own. Memory only. */
  readonly countUse: (keyId: string, address: string | null) => void
  /** The keys with the most requests in a running period. */
  readonly busiest: Insight['busiest']
  /** Keys that nobody used for some days; newest first, continuing before an id. */
  readonly unused: Insight['unused']
  readonly resetUsage: (id: string, caller: Caller) => Promise<Result<Key>>
  readonly verify: Verify
  /** For doors in other processes. */
  readonly doors: Doors
  /** Takes over keys of another system, all of them or none (row K5). */
  readonly import: (wish: ImportWish, caller: Caller) => Promise<Result<Imported>>
  /** Proves a found key, revokes it, tells its owner (row K20). Whoever asks need hold nothing but the key. */
  readonly leaked: (report: LeakReport, caller: Caller) => Promise<LeakOutcome>
  readonly leakedAtGithub: (report: SignedReport, caller: Caller) => Promise<Result<GithubFeedback>>
  /** A short-lived JWT for the key that the caller came with. Errors: `CREDENTIAL_MISSING`, `GRANT_EXCEEDED`, limits. */
  readonly exchange: (input: ExchangeInput, caller: Caller) => Promise<Result<Exchanged>>
  readonly services: Services
  /** Services that have a role. */
  readonly roleHolders: Pick<RoleHolders, 'find' | 'take'>
  /** Requests that are signed in the name of a key. */
  readonly signed: SignedRequests
  /** The authenticator for one kind of route: those that also read `?api_key=`, and those that do not. */
  readonly authenticator: (options: { query: boolean }) => Authenticator
  /** The published expression that finds our keys in any text. */
  readonly pattern: string
  readonly rotatePepper: () => Promise<number>
  /** Writes the counts that are still in memory. */
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}

/**
 * Builds the keys module: loads the peppers, subscribes to changes, starts the counters. `stop` ends what this starts.
 *
 * @example
 * const keys = await createKeys({ store, secrets, audit, limits, clock: systemClock, settings, access, grantsOf, onError })
 * const made = await keys.create(newKey, caller, null)
 */
export async function createKeys(deps: KeysDeps): Promise<Keys> {
  const { store, clock, settings, limits, onError } = deps
  const shelf = await openPeppers(deps)
  const { peppers } = shelf
  const verbs = { ...deps, brand: settings.brand, classes: settings.classifications, peppers }
  const usage = createUsage({ sink: createUsageSink(store), clock, onError })
  const lookup = createProofLookup(store)
  const found = <R>(work: () => R) => store.across('whose a key is shows when it is found', work)
  const byId: KeySource['byId'] = (id) => found(async () => proofOf(deps, await lookup.byId(id)))
  const foreign = await openForeignLookup({ store, clock, brand: settings.brand, peppers, byId, onError })
  const source: KeySource = {
    byId,
    byDigest: (digest) => found(async () => proofOf(deps, await lookup.byDigest(digest))),
    foreign: { mayBe: foreign.mayBe, find: (text) => found(() => foreign.find(text)) },
  }
  const own = createDirectory({
    source,
    peppers,
    clock,
    brand: settings.brand,
    capacity: settings.cache,
    onProved: refreshProof,
  })
  // Whatever is forgotten here is forgotten at doors elsewhere too.
  const { directory, doors } = createDoors(own, usage, store)
  const rotations = createRotations({ ...verbs, every: deps.rotation.every })
  const check = createLimitCheck({ limits, usage, now: clock.now })
  const { refusalDelay } = settings
  const admission = createAdmission({ check, limits, usage, clock, refusalDelay, mfaOf: deps.mfaOf })
  const { forget, forgetOwner, ...signed } = await openSignedRequests({
    ...verbs,
    byId,
    admission,
    accepted: deps.acceptOnce,
    capacity: settings.cache,
  })

  // A key proved with an old pepper is proved with the current one from now on; nobody waits for it.
  function refreshProof(text: string, proof: Proof): void {
    const pepper = peppers().current
    if (proof.pepper === pepper) return
    const digest = digestOf(peppers(), pepper, text)
    found(() => store.write((tx) => updateProof(tx, proof.entry.key.id, proof.pepper, { digest, pepper }))).catch(
      onError,
    )
  }

  // A text that was refused before the import is looked for again.
  async function foreignChanged(): Promise<void> {
    await foreign.reload()
    directory.forget('')
  }

  function ownerChanged(ownerId: string | null): void {
    directory.forgetOwner(ownerId)
    forgetOwner(ownerId)
  }

  const unsubscribe = [
    store.changes.subscribe('key.foreign', () => void foreignChanged().catch(onError)),
    store.changes.subscribe('key', (id) => {
      directory.forget(id)
      forget(id)
      usage.forget(id)
    }),
    store.changes.subscribe('service', ownerChanged),
    store.changes.subscribe('user', ownerChanged),
    store.changes.subscribe('organization', () => ownerChanged(null)),
    deps.access.onRolesChanged(() => ownerChanged(null)),
    deps.access.onGivenChanged(ownerChanged),
    store.changes.subscribe('key.pepper', () => void shelf.reload().catch(onError)),
  ]
  usage.start()
  const insight = createInsight(deps)
  const expiry = startExpiry(deps)

  const get: Keys['get'] = async (id, caller) => {
    const key = await findKey(readTables(store), id, reachOf(caller))
    return key === null ? refused(refuseKey('KEY_UNKNOWN')) : done(key)
  }

  const resetUsage: Keys['resetUsage'] = async (id, caller) => {
    const key = await get(id, caller)
    if (!key.ok) return key
    // Uses counted before the reset must not be written after it.
    await usage.flush()
    await store.write(async (tx) => {
      await resetQuota(tx, id)
      await tx.announce('key', id)
      await deps.audit.append(tx, { ...actorOf(caller), type: 'key.usage_reset', outcome: 'success', resource: id })
    })
    return key
  }

  const leaked = createLeak({ ...verbs, find: directory.find })

  const face: Keys = {
    create: createCreate(verbs),
    get,
    list: (filter, part, caller) => listKeys(readTables(store), reachOf(caller), filter, { ...part, now: clock.now() }),
    change: createChange(verbs),
    suspend: createSuspend(verbs),
    resume: createResume(verbs),
    revoke: createRevoke(verbs),
    revokeMany: createBulkRevoke(verbs),
    rotate: createRotate(verbs),
    rotations,
    usage: createUsageReport({ store, clock, insight, get }),
    observe: insight.observe,
    countUse: usage.count,
    busiest: insight.busiest,
    unused: insight.unused,
    resetUsage,
    doors,
    verify: createVerify({ directory, check, usage, noteUse: deps.noteUse, now: clock.now }),
    import: createImport({ ...verbs, imported: foreignChanged }),
    leaked,
    leakedAtGithub: createGithubReports({ settings: settings.leaks.github, leak: leaked, clock }),
    exchange: createExchange({
      ...deps,
      entry: async (id) => (await source.byId(id))?.entry ?? null,
      check,
      sign: deps.signToken,
      formats: deps.tokenFormats ?? ['jwt'],
    }),
    services: createServices(verbs),
    roleHolders: createServiceRoleHolders(verbs),
    signed,
    authenticator: (options) => createKeyAuthenticator({ directory, admission }, options),
    pattern: keyPattern(settings.brand),
    rotatePepper: shelf.rotate,
    flush: async () => {
      await Promise.all([usage.flush(), insight.flush()])
    },
    stop: async () => {
      for (const end of unsubscribe) end()
      await Promise.all([usage.stop(), insight.stop(), rotations.stop(), foreign.stop(), expiry.stop()])
    },
  }
  return Object.freeze(face)
}

type ProofSources = OwnerSources & Pick<KeysDeps, 'isOpen' | 'tierOf'>

function proofOf(deps: ProofSources, stored: StoredProof | null): Proof | null | Promise<Proof | null> {
  if (stored === null) return null
  const { key, digest, pepper, service } = stored
  if (key.owner.kind === 'service') {
    const proof = (owner: OwningService | null): Proof => ({
      entry: entryOf(key, owner === null ? null : serviceAsOwner(deps, owner), deps.tierOf),
      digest,
      pepper,
    })
    // That of the installation cannot be disabled, and nearly all keys are of it.
    if (service === null || deps.isOpen === undefined || key.organization === DEFAULT_ORGANIZATION)
      return proof(service)
    return deps.isOpen(key.organization).then((open) => proof({ ...service, enabled: service.enabled && open }))
  }
  return personAsOwner(deps, key.owner, key.organization).then((owner) => ({
    entry: entryOf(key, owner, deps.tierOf),
    digest,
    pepper,
  }))
}
