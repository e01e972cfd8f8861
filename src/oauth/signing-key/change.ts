import type { Audit } from '../../audit/index.ts'
import { actorOf, type Caller, type Clock, createId, type EventInput } from '../../core/index.ts'
import type { Box } from '../../secrets/index.ts'
import type { Store, Transaction } from '../../store/index.ts'
import { generateSigningKey, type KeyPair, publicJwkOf } from './generate.ts'
import type { Step } from './plan.ts'
import type { SigningAlgorithm } from './signing-key.ts'
import {
  deleteSigningKey,
  holdSigningKeys,
  insertSigningKey,
  moveSigningKey,
  readSigningKeys,
  type StoredKey,
  TOPIC,
} from './store.ts'

export type ChangeDeps = {
  readonly store: Store
  readonly audit: Audit
  readonly clock: Clock
  readonly box: Box
  /** Milliseconds that a retired key stays published. */
  readonly retireAfter: number
}

/** Says what is to be done about the keys there are. It is asked twice, and must be a function of what it is given. */
export type Decide = (keys: readonly StoredKey[], now: number) => Step[]

/**
 * Changes signing keys, and tells every process. What is to be done is decided again once nobody else can change
 * anything, so that of several that try at once one does it.
 *
 * @param caller whoever asked for it; null for the schedule
 * @returns how many changes were made
 */
export async function changeSigningKeys(deps: ChangeDeps, decide: Decide, caller: Caller | null): Promise<number> {
  const steps = decide(await readSigningKeys(deps.store), deps.clock.now())
  if (steps.length === 0) return 0
  // Outside the transaction: to make an RSA key takes as long as many writes.
  const pairs = await pairsFor(steps)
  return deps.store.write(async (tx) => {
    await holdSigningKeys(tx)
    const now = deps.clock.now()
    const events: EventInput[] = []
    for (const step of decide(await readSigningKeys(tx), now)) {
      const event = await take({ ...deps, tx, now, pairs }, step)
      if (event !== null) events.push(event)
    }
    // Last, because it holds the log.
    for (const event of events) await tell(deps.audit, tx, event, caller)
    return events.length
  })
}

type Pairs = ReadonlyMap<SigningAlgorithm, KeyPair>
type Work = Pick<ChangeDeps, 'box' | 'retireAfter'> & {
  readonly tx: Transaction
  readonly now: number
  readonly pairs: Pairs
}

async function pairsFor(steps: readonly Step[]): Promise<Pairs> {
  const algorithms = steps.flatMap((step) => (step.do === 'make' ? [step.algorithm] : []))
  return new Map(
    await Promise.all(algorithms.map(async (algorithm) => [algorithm, await generateSigningKey(algorithm)] as const)),
  )
}

/** Takes one step. @returns its Event, or null when there was nothing to do after all */
async function take(work: Work, step: Step): Promise<EventInput | null> {
  if (step.do === 'make') return make(work, step)
  const { tx, now, retireAfter } = work
  const { key } = step
  const { id, algorithm } = key
  switch (step.do) {
    case 'activate':
      await moveSigningKey(tx, key, { state: 'active', active_at: now })
      return eventOf('activated', id, { algorithm })
    case 'retire':
      await moveSigningKey(tx, key, { state: 'retired', retired_at: now, removes_at: now + retireAfter })
      return eventOf('retired', id, { algorithm })
    case 'remove':
      await deleteSigningKey(tx, id)
      return eventOf('removed', id, { algorithm, leaked: step.leaked })
  }
}

async function make({ tx, now, pairs, box }: Work, step: Step & { readonly do: 'make' }): Promise<EventInput | null> {
  const pair = pairs.get(step.algorithm)
  // Another process changed what there is since the keys were made: the next look sees it.
  if (pair === undefined) return null
  const id = createId('sgk', now)
  const made = await insertSigningKey(tx, {
    id,
    algorithm: step.algorithm,
    public_jwk: JSON.stringify(publicJwkOf(pair.publicKey, id, step.algorithm)),
    private_key: box.seal(pair.privateKey.export({ format: 'der', type: 'pkcs8' }), id),
    created_at: now,
    state: step.state,
    active_at: step.activeAt,
    retired_at: null,
    removes_at: null,
  })
  if (!made) return null
  return eventOf(step.state === 'active' ? 'created' : 'published', id, { algorithm: step.algorithm })
}

function eventOf(verb: string, resource: string, details: EventInput['details']): EventInput {
  return { type: `signing_key.${verb}`, outcome: 'success', resource, details: details ?? null }
}

async function tell(audit: Audit, tx: Transaction, event: EventInput, caller: Caller | null): Promise<void> {
  await tx.announce(TOPIC, String(event.resource))
  await audit.append(tx, { ...(caller === null ? {} : actorOf(caller)), ...event })
}
