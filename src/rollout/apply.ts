import type { WrittenGateway } from '../config/index.ts'
import { actorOf, type Caller, done, type EventInput, type Result, refused } from '../core/index.ts'
import { refuseHttp } from '../http/index.ts'
import type { Transaction } from '../store/index.ts'
import { refuseRollout } from './problems.ts'
import type { Outcome, RolloutDeps, Wish } from './rollout.ts'
import { insertVersion, newestVersion } from './store.ts'
import { type Cause, changesOf, digestOf, placesOf, type Version } from './version.ts'

/** What follows the version in force. */
export type Drawn = WrittenGateway

/** What tells every process that there is another version. */
export const VERSION_TOPIC = 'gateway_version'

// Others may apply meanwhile; after that many times somebody is told so.
const ATTEMPTS = 5
const LONGEST = 512
const MOST_ERRORS = 100

export type Applying = { readonly cause: Cause; readonly wish: Wish; readonly caller: Caller }

/**
 * Makes the next version of what is drawn from the one in force, once it was checked whole, and only if nobody else made one
 * meanwhile. What says the same as the version in force makes none.
 */
export async function applyVersion(
  deps: RolloutDeps,
  applying: Applying,
  draw: (before: Version | null) => Result<Drawn> | Promise<Result<Drawn>>,
): Promise<Result<Outcome>> {
  const { from, dry } = applying.wish
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await newestVersion(deps.store)
    if (from !== null && from !== (before?.version ?? 0)) break
    const drawn = await draw(before)
    if (!drawn.ok) return drawn
    const errors = await deps.tryOut(drawn.value)
    if (errors.length > 0)
      return refused(refuseRollout('CONFIGURATION_INVALID', { errors: errors.slice(0, MOST_ERRORS) }))
    const changes = changesOf(before?.gateway ?? {}, drawn.value)
    if (dry || before?.digest === digestOf(drawn.value)) return done({ version: before, changes })
    const made = nextOf(before, drawn.value, deps.clock.now(), applying)
    if (await deps.store.write((tx) => write(deps, tx, made, applying.caller))) return done({ version: made, changes })
  }
  return refused(refuseHttp('VERSION_STALE'))
}

/** The version that comes after one. */
export function nextOf(
  before: Version | null,
  gateway: WrittenGateway,
  at: number,
  { cause, caller }: { readonly cause: Cause; readonly caller: Caller | null },
): Version {
  return Object.freeze({
    version: (before?.version ?? 0) + 1,
    gateway,
    digest: digestOf(gateway),
    cause,
    changed: placesOf(changesOf(before?.gateway ?? {}, gateway)),
    at,
    by: caller?.principal.id ?? 'system',
  })
}

async function write({ audit }: RolloutDeps, tx: Transaction, made: Version, caller: Caller): Promise<boolean> {
  if (!(await insertVersion(tx, made))) return false
  await tx.announce(VERSION_TOPIC, String(made.version))
  await audit.append(tx, { ...actorOf(caller), ...eventOf(made) })
  return true
}

/** What is told of a version. */
export function eventOf({ version, cause, digest, changed }: Version): EventInput {
  const all = changed.join(' ')
  const told = all.length > LONGEST ? `${all.slice(0, LONGEST - 1)}…` : all
  return {
    type: 'configuration.applied',
    outcome: 'success',
    details: { version, cause, digest, changed: told, count: changed.length },
  }
}
